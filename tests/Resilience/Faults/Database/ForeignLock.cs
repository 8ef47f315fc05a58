using Npgsql;

namespace HybridSession.Resilience.Faults.Database;

/// <summary>Another transaction holds a lock for as long as the fault lasts.</summary>
internal sealed class ForeignLock : IFault
{
    private readonly string _connectionString;
    private readonly string _statement;
    private NpgsqlConnection? _holder;

    private ForeignLock(string connectionString, string statement) => (_connectionString, _statement) = (connectionString, statement);

    /// <summary>On the row that was changed most often.</summary>
    public static ForeignLock OfRow(string connectionString) => new(connectionString, "select 1 from session order by session_version desc limit 1 for update");

    /// <summary>On the whole table, against everybody, as DDL takes it.</summary>
    public static ForeignLock OfTable(string connectionString) => new(connectionString, "lock table session in access exclusive mode");

    public async Task StartAsync()
    {
        _holder = await Sql.OpenAsync(_connectionString);
        await _holder.ExecuteAsync($"begin; {_statement}");
    }

    public async Task HealAsync()
    {
        if (_holder is not null) await _holder.DisposeAsync();
        _holder = null;
    }

    public async ValueTask DisposeAsync() => await HealAsync();
}
