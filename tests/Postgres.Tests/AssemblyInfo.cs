namespace HybridSession.Postgres.Tests;
