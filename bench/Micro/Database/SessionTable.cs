using System.Text;
using HybridSession.Bench.Micro.Sessions;
using HybridSession.Payload;
using HybridSession.Postgres;

namespace HybridSession.Bench.Micro.Database;

/// <summary>
/// A filled session table, made once for each payload size, and the content that its rows have. Its writes are what the engine's are: the session with its
/// counter set to another value, at the next version, from the version that is stored.
/// </summary>
internal sealed class SessionTable : IAsyncDisposable
{
    public const int Count = 100_000;

    private static readonly Dictionary<int, SessionTable> Tables = [];

    private readonly NodeId _node = NodeId.Create();
    private readonly Random _random = new(1);
    private readonly int[] _order = [.. Enumerable.Range(0, Count)];
    private readonly PackedSession[] _stored = new PackedSession[Count];
    private readonly SessionKey[] _keys = new SessionKey[Count];
    private readonly int _bytes;
    private int _counter;

    private SessionTable(int bytes, string schema, PostgresBackingStore arrays, PostgresBackingStore copy) => (_bytes, Schema, Arrays, Copy) = (bytes, schema, arrays, copy);

    public string Schema { get; }

    /// <summary>A store that always takes arrays.</summary>
    public PostgresBackingStore Arrays { get; }

    /// <summary>A store that always takes COPY.</summary>
    public PostgresBackingStore Copy { get; }

    /// <summary>What opens the sessions.</summary>
    public SessionToken[] Tokens { get; } = new SessionToken[Count];

    /// <summary>The table whose payloads have that many bytes.</summary>
    public static async Task<SessionTable> OpenAsync(int bytes)
    {
        if (Tables.TryGetValue(bytes, out var table)) return table;
        var schema = $"hybridsession_bench_{bytes}";
        await BenchPostgres.ExecuteAsync($"drop schema if exists {schema} cascade");
        table = new SessionTable(bytes, schema, await BenchPostgres.CreateStoreAsync(schema, FlushMethod.Arrays), await BenchPostgres.CreateStoreAsync(schema, FlushMethod.Copy));
        await table.FillAsync();
        return Tables[bytes] = table;
    }

    /// <summary>Drops all tables that were made.</summary>
    public static async Task CloseAllAsync()
    {
        foreach (var table in Tables.Values) await table.DisposeAsync();
        Tables.Clear();
    }

    /// <summary>Changes of so many sessions, chosen at random, in random order. Each has to be written, or the next ones of its session conflict.</summary>
    public SessionWrite[] NextUpdates(int count)
    {
        _counter++;
        var writes = new SessionWrite[count];
        for (var i = 0; i < count; i++)
        {
            // One step of a shuffle: no session twice.
            var other = _random.Next(i, Count);
            (_order[i], _order[other]) = (_order[other], _order[i]);
            var session = _order[i];
            var before = _stored[session];
            var after = before.Set("counter"u8, SampleSession.Counter(_counter), before.Version + 1, _node);
            _stored[session] = after;
            writes[i] = new SessionWrite(_keys[session], after.Bytes, after.Version, before.Version, StoredSessions.IdleTimeout);
        }

        return writes;
    }

    /// <summary>New sessions, which are not counted among the table's; <see cref="ForgetAsync"/> takes them out again.</summary>
    public SessionWrite[] NextBirths(int count)
    {
        var writes = new SessionWrite[count];
        for (var i = 0; i < count; i++)
        {
            var payload = NewPayload();
            writes[i] = new SessionWrite(SessionToken.Create().ToKey(), payload.Bytes, payload.Version, BaseVersion: 0, StoredSessions.IdleTimeout);
        }

        return writes;
    }

    public async Task ForgetAsync(IEnumerable<SessionWrite> births)
    {
        await using var connection = new Npgsql.NpgsqlConnection(await BenchPostgres.ConnectionStringAsync());
        await connection.OpenAsync();
        await using (var delete = new Npgsql.NpgsqlCommand($"delete from {Schema}.session where session_key = any($1)", connection) { Parameters = { Parameter.Keys([.. births.Select(birth => birth.Key.ToHex())]) } })
            await delete.ExecuteNonQueryAsync();
        await using var vacuum = new Npgsql.NpgsqlCommand($"vacuum {Schema}.session", connection);
        await vacuum.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Arrays.DisposeAsync();
        await Copy.DisposeAsync();
        await BenchPostgres.ExecuteAsync($"drop schema if exists {Schema} cascade");
    }

    private async Task FillAsync()
    {
        var births = new SessionWrite[Count];
        for (var i = 0; i < Count; i++)
        {
            Tokens[i] = SessionToken.Create();
            _keys[i] = Tokens[i].ToKey();
            _stored[i] = NewPayload();
            births[i] = new SessionWrite(_keys[i], _stored[i].Bytes, _stored[i].Version, BaseVersion: 0, StoredSessions.IdleTimeout);
        }

        foreach (var chunk in births.Chunk(10_000)) await Copy.FlushAsync(chunk, CancellationToken.None);
        await BenchPostgres.ExecuteAsync($"vacuum analyze {Schema}.session");
    }

    // A 32-byte token, the counter, and random bytes up to the size that is wanted.
    private PackedSession NewPayload()
    {
        var token = new byte[32];
        _random.NextBytes(token);
        var small = PackedSession.Empty.Set("antiforgery"u8, token, 1, _node).Set("counter"u8, SampleSession.Counter(_counter), 2, _node);
        var empty = small.Set("profile"u8, [], 3, _node);
        var rest = new byte[_bytes - empty.Bytes.Length - (_bytes - empty.Bytes.Length > 127 ? 1 : 0)];
        _random.NextBytes(rest);
        return small.Set("profile"u8, rest, 3, _node);
    }
}
