using System.Buffers;
using System.Buffers.Binary;

namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>Collects what the server says after a commit, until it is ready for the next query: then the commit is done.</summary>
internal sealed class AnswerHold(ArmedCut cut)
{
    private const byte ReadyForQuery = (byte)'Z';

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _next;

    public ArmedCut Cut => cut;

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <returns>True when the answer is complete.</returns>
    public bool Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        var all = _bytes.WrittenSpan;
        while (_next + FrontendMessage.HeaderLength <= all.Length)
        {
            var isLast = all[_next] == ReadyForQuery;
            var end = _next + 1 + BinaryPrimitives.ReadInt32BigEndian(all[(_next + 1)..]);
            if (end > all.Length) return false;
            if (isLast) return true;
            _next = end;
        }

        return false;
    }
}
