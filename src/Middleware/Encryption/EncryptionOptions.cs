namespace HybridSession.Middleware;

/// <summary>How sessions are encrypted on their way into the store.</summary>
public sealed class EncryptionOptions
{
    /// <summary>Whether sessions are encrypted when they are stored. In memory they never are.</summary>
    /// <value>
    /// Default false; <c>UsePayloadEncryption</c> sets it, unless the configuration says otherwise, and must be called in any case. Where it is called and this is false, plain rows
    /// are written, and encrypted ones still read.
    /// </value>
    public bool Enabled { get; set; }

    /// <summary>Whether rows that are not encrypted are served: those from before encryption was switched on, and whatever else can be written by those who can write to the table.</summary>
    /// <value>Default true. Set it to false when the last plain row has expired: then only what this site wrote is served.</value>
    public bool AcceptPlain { get; set; } = true;
}
