using HybridSession.Payload;

namespace HybridSession.Hot;

// Signatures only: replaced by the real implementation.
internal sealed class LiveSession
{
    /// <summary>What the client holds. Changes once at most, while the session is being born.</summary>
    public SessionToken Token => throw new NotImplementedException();

    /// <summary>The token's text form: the cookie value.</summary>
    public string TokenText => throw new NotImplementedException();

    public SessionKey Key => throw new NotImplementedException();

    /// <summary>The content at this moment; immutable. Lock-free.</summary>
    public PackedSession Payload => throw new NotImplementedException();

    /// <summary>The row exists. False while the session is new.</summary>
    public bool IsStored => throw new NotImplementedException();

    /// <summary>The session ended while a request still held it. Changes to it are dropped.</summary>
    public bool IsRemoved => throw new NotImplementedException();
}

/// <summary>What came of opening a session: it, or the reason why there is none.</summary>
internal readonly record struct OpenResult(LiveSession? Session, SessionOrigin Origin);
