namespace HybridSession.Middleware.Tests;
