namespace HybridSession.EndToEnd.Tests;
