namespace HybridSession.Core.Tests;
