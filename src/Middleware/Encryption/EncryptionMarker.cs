namespace HybridSession.Middleware;

/// <summary>Is among the services when <c>UsePayloadEncryption</c> was called.</summary>
internal sealed class EncryptionMarker;
