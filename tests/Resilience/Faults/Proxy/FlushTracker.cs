namespace HybridSession.Resilience.Faults.Proxy;

/// <summary>Follows the messages of one connection and says which stage of a flush each of them is. No I/O.</summary>
internal sealed class FlushTracker
{
    private readonly Dictionary<string, string> _statements = [];
    private string _bound = "";
    private bool _hasStatement;
    private bool _inTransaction;
    private bool _commits;

    /// <summary>What begins when this message passes.</summary>
    /// <returns>The stage, and whether a commit is answered when this message is; (null, false) for a message of no interest.</returns>
    public (CutStage? Stage, bool EndsCommit) Next(in FrontendMessage message)
    {
        switch (message.Type)
        {
            case FrontendMessage.Untyped:
                return (message.IsStartup ? CutStage.Startup : null, false);
            case 'P':
                _statements[message.Text(0)] = message.Text(1);
                return default;
            case 'B':
                _bound = _statements.GetValueOrDefault(message.Text(1), "");
                return default;
            case 'E':
                return (Statement(_bound), false);
            case 'Q':
                return (Statement(message.Text(0)), End() is not null);
            case 'd':
                return (CutStage.CopyData, false);
            case 'c':
                return (CutStage.CopyDone, false);
            case 'S':
                return End() is { } isImplicit ? (isImplicit ? CutStage.Commit : null, true) : default;
            default:
                return default;
        }
    }

    private CutStage? Statement(string sql)
    {
        var stage = Classify(sql);
        switch (stage)
        {
            case CutStage.Begin:
                _inTransaction = true;
                break;
            case CutStage.Commit:
                _commits = true;
                break;
            case CutStage.Write when !_inTransaction:
                _commits = true;
                break;
            case null when Begins(sql, "rollback"):
                _inTransaction = false;
                break;
        }

        if (_hasStatement) return stage;
        _hasStatement = true;
        return CutStage.FirstStatement;
    }

    // The end of a batch: what was begun without a transaction becomes lasting only now. Null: nothing does.
    private bool? End()
    {
        if (!_commits) return null;
        var isImplicit = !_inTransaction;
        (_commits, _inTransaction) = (false, false);
        return isImplicit;
    }

    private static CutStage? Classify(string sql) =>
        Begins(sql, "begin") ? CutStage.Begin
        : Begins(sql, "commit") ? CutStage.Commit
        : Begins(sql, "copy ") ? CutStage.Copy
        : sql.Contains("from pg_temp.", StringComparison.Ordinal) ? CutStage.Merge
        : ChangesSessions(sql) ? CutStage.Write
        : null;

    private static bool ChangesSessions(string sql) =>
        sql.Contains("session", StringComparison.Ordinal) && (Begins(sql, "insert ") || Begins(sql, "update ") || Begins(sql, "delete ") || Begins(sql, "with "));

    private static bool Begins(string sql, string with) => sql.AsSpan().TrimStart().StartsWith(with, StringComparison.OrdinalIgnoreCase);
}
