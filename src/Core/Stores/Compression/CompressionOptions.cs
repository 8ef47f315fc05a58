namespace HybridSession;

/// <summary>How sessions are compressed on their way into the store. Compressed rows are read whatever stands here, so that it may change at any time.</summary>
public sealed class CompressionOptions
{
    /// <summary>Whether sessions are compressed when they are stored. In memory they never are.</summary>
    /// <value>Default false; <c>UsePayloadCompression</c> sets it, unless the configuration says otherwise.</value>
    public bool Enabled { get; set; }

    /// <summary>The size in bytes from which a session is compressed. What does not become smaller is stored as it is.</summary>
    /// <value>Default 1 KiB. Between 64 bytes and 64 MiB.</value>
    public int Threshold { get; set; } = 1024;
}
