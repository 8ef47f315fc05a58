using HybridSession.Postgres.Schema;

namespace HybridSession.Postgres;

/// <summary>
/// The statements under <c>Sql/</c>, read from the assembly once a store, with the schema in place of <c>/* {schema} */</c>.
/// The placeholder is a comment, so that the files stay valid for an editor and for psql.
/// </summary>
internal sealed class SqlScripts(string schema)
{
    private const string Placeholder = "/* {schema} */";
    private const string ChannelPlaceholder = "/* {channel} */everybody";

    private readonly string _listen = Read("listen", schema);

    /// <summary>The schema, quoted.</summary>
    public string Schema { get; } = PgIdentifier.Quote(schema);

    /// <summary>The table, quoted and qualified, for messages and for look-ups by name.</summary>
    public string Table => $"{Schema}.session";

    /// <summary>The same for the table of what that one refused.</summary>
    public string QuarantineTable => $"{Schema}.session_quarantine";

    public string ProbeConnection { get; } = Read("probe_connection", schema);
    public string ConfigureSession { get; } = Read("configure_session", schema);
    public string ConfigureTransaction { get; } = Read("configure_transaction", schema);
    public string ConfigureMerge { get; } = Read("configure_merge", schema);
    public string Ping { get; } = Read("ping", schema);
    public string LoadSessions { get; } = Read("load_sessions", schema);
    public string LoadChangedSessions { get; } = Read("load_changed_sessions", schema);
    public string FindRows { get; } = Read("find_rows", schema);
    public string FindFreeRows { get; } = Read("find_free_rows", schema);
    public string InsertBirths { get; } = Read("insert_births", schema);
    public string InsertBirth { get; } = Read("insert_birth", schema);
    public string UpdateSessions { get; } = Read("update_sessions", schema);
    public string UpdateSession { get; } = Read("update_session", schema);
    public string CreateStaging { get; } = Read("create_staging", schema);
    public string CopyStaging { get; } = Read("copy_staging", schema);
    public string MergeStaging { get; } = Read("merge_staging", schema);
    public string TouchSessions { get; } = Read("touch_sessions", schema);
    public string SelectUntouched { get; } = Read("select_untouched", schema);
    public string DeleteSession { get; } = Read("delete_session", schema);
    public string RekeySession { get; } = Read("rekey_session", schema);
    public string LockUser { get; } = Read("lock_user", schema);
    public string LockUserRows { get; } = Read("lock_user_rows", schema);
    public string BindSession { get; } = Read("bind_session", schema);
    public string DropUserSessions { get; } = Read("drop_user_sessions", schema);
    public string FindUserSessions { get; } = Read("find_user_sessions", schema);
    public string CountUserSessions { get; } = Read("count_user_sessions", schema);
    public string CountLiveSessions { get; } = Read("count_live_sessions", schema);
    public string DeleteUserSessions { get; } = Read("delete_user_sessions", schema);
    public string DeleteById { get; } = Read("delete_by_id", schema);
    public string CountPages { get; } = Read("count_pages", schema);
    public string PrunePages { get; } = Read("prune_pages", schema);
    public string CountSessions { get; } = Read("count_sessions", schema);
    public string ExamineServer { get; } = Read("examine_server", schema);
    public string ExamineTable { get; } = Read("examine_table", schema);
    public string InsertLetters { get; } = Read("insert_letters", schema);
    public string ReplaceLetters { get; } = Read("replace_letters", schema);
    public string SelectLetterConflicts { get; } = Read("select_letter_conflicts", schema);
    public string ReadLetters { get; } = Read("read_letters", schema);
    public string DeleteLetters { get; } = Read("delete_letters", schema);
    public string CountLetters { get; } = Read("count_letters", schema);
    public string PruneLetters { get; } = Read("prune_letters", schema);
    public string InspectSchema { get; } = Read("inspect_schema", schema);
    public string InspectTable { get; } = Read("inspect_table", schema);
    public string InspectColumns { get; } = Read("inspect_columns", schema);
    public string LockMigrations { get; } = Read("lock_migrations", schema);
    public string CreateJournal { get; } = Read("create_journal", schema);
    public string ReadJournal { get; } = Read("read_journal", schema);
    public string InsertJournal { get; } = Read("insert_journal", schema);
    public string UpgradeOriginTable { get; } = Read("upgrade_origin_table", schema);
    public string LockSessions { get; } = Read("lock_sessions", schema);
    public string UnlockSessions { get; } = Read("unlock_sessions", schema);
    public string UnlockAllSessions { get; } = Read("unlock_all_sessions", schema);
    public string ReadPeers { get; } = Read("read_peers", schema);
    public string TakePeerLock { get; } = Read("take_peer_lock", schema);
    public string ReleasePeerLock { get; } = Read("release_peer_lock", schema);
    public string ConfigureLink { get; } = Read("configure_link", schema);
    public string Unlisten { get; } = Read("unlisten", schema);
    public string SendMessages { get; } = Read("send_messages", schema);
    public string IdentifyDatabase { get; } = Read("identify_database", schema);

    /// <summary>The statement that listens on a channel.</summary>
    public string Listen(string channel) => _listen.Replace(ChannelPlaceholder, PgIdentifier.Quote(channel), StringComparison.Ordinal);

    /// <summary>Puts the quoted schema into a script.</summary>
    public static string Fill(string script, string schema) => script.Replace(Placeholder, PgIdentifier.Quote(schema) + ".", StringComparison.Ordinal);

    /// <summary>An embedded file as it is, with line ends of one kind.</summary>
    public static string ReadRaw(string resource)
    {
        using var stream = typeof(SqlScripts).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The embedded script \"{resource}\" is missing from the assembly. Rebuild it.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    // The leading comments are for the reader of the file; the server would keep them with every prepared statement.
    private static string Read(string name, string schema)
    {
        var lines = ReadRaw($"HybridSession.Postgres.Sql.{name}.sql").Split('\n').SkipWhile(static line => line.StartsWith("--", StringComparison.Ordinal));
        return Fill(string.Join('\n', lines).TrimEnd(), schema);
    }
}
