using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HybridSession.Postgres.Peers;

/// <summary>What the nodes of one site are called in PostgreSQL: the channels they listen on, and the locks that say that they are alive. Pure.</summary>
/// <remarks>
/// A site is a schema of a database. Its number is 24 bits of a hash, so two sites may share one, once in 16 million; then they hear each other's messages, which are only hints.
/// <code>
/// channel of all    hybridsession_SSSSSS             site, in hexadecimal
/// channel of one    hybridsession_SSSSSS_NNNNNNNN    its node
/// lock              SSSSSS (24 bits) NNNNNNNN (40 bits: 8 characters of 5 bits)
/// </code>
/// </remarks>
internal sealed class PeerNames
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int BitsOfCharacter = 5;
    private const int BitsOfNode = NodeId.Length * BitsOfCharacter;

    public PeerNames(string schema)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes("HybridSession nodes of schema " + schema));
        Site = (hash[0] << 16) | (hash[1] << 8) | hash[2];
        Everybody = "hybridsession_" + Site.ToString("x6", CultureInfo.InvariantCulture);
    }

    /// <summary>The number of the site.</summary>
    public int Site { get; }

    /// <summary>The channel of all nodes.</summary>
    public string Everybody { get; }

    /// <summary>The channel of one node.</summary>
    /// <exception cref="ArgumentException">The text is no node name.</exception>
    public string ChannelOf(string node) => $"{Everybody}_{NodeId.FromText(node)}";

    /// <summary>The number of the lock that a node holds while it lives.</summary>
    /// <exception cref="ArgumentException">The text is no node name.</exception>
    public long LockOf(string node)
    {
        var bits = (ulong)Site;
        foreach (var character in NodeId.FromText(node).ToString()) bits = (bits << BitsOfCharacter) | (uint)Alphabet.IndexOf(character, StringComparison.Ordinal);
        return unchecked((long)bits);
    }

    /// <summary>The node that holds a lock of this site.</summary>
    public static string NodeOf(long number) => string.Create(NodeId.Length, number, static (text, number) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = Alphabet[(int)(number >> (BitsOfNode - ((i + 1) * BitsOfCharacter))) & ((1 << BitsOfCharacter) - 1)];
    });
}
