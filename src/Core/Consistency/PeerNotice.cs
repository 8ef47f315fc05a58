namespace HybridSession.Consistency;

/// <summary>What one node tells another. The letter is what it is called on the wire.</summary>
internal enum PeerNoticeKind
{
    /// <summary>To all: this node has joined.</summary>
    Hello = 'h',

    /// <summary>The answer: everything that this node had acknowledged before it heard of the new one is stored.</summary>
    Welcome = 'w',

    /// <summary>To all: this node has stored what it had and leaves.</summary>
    Bye = 'b',

    /// <summary>To all: these sessions were stored at a new version.</summary>
    Changed = 'c',

    /// <summary>To all: more was stored than this node could announce in time.</summary>
    AllChanged = 'a',

    /// <summary>To all: these sessions were removed.</summary>
    Removed = 'r',

    /// <summary>To all: the tokens of these sessions were replaced; under their old keys they are gone.</summary>
    Replaced = 'p',

    /// <summary>To all: the token of a session is about to be replaced; should its row be gone soon, that is why.</summary>
    Replacing = 'x',

    /// <summary>To one: heard that a token is about to be replaced.</summary>
    HeardReplacing = 'y',

    /// <summary>To one: heard that a session has ended. No copy of it serves here any more.</summary>
    HeardEnd = 'z',

    /// <summary>To one: store what you have of these sessions; and if your copy is newer than the row that I see, write it back.</summary>
    FlushRequest = 'q',

    /// <summary>The answer: what there was of these sessions is stored.</summary>
    Flushed = 'f',
}

/// <summary>One session in a message.</summary>
/// <param name="Id">The first 16 bytes of its key; of <see cref="PeerNoticeKind.Changed"/> only the first 8 travel, the rest is zero.</param>
/// <param name="Version">Of a <see cref="PeerNoticeKind.FlushRequest"/>: the row's version as the asking node sees it; 0 when it need not be written back.</param>
internal readonly record struct PeerItem(UInt128 Id, long Version = 0)
{
    /// <summary>The first 8 bytes of the key.</summary>
    public ulong Prefix => (ulong)(Id >> 64);
}

/// <summary>A message as it arrived.</summary>
internal readonly record struct PeerNotice(PeerNoticeKind Kind, NodeId From, PeerItem[] Items);
