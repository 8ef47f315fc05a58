namespace HybridSession.Postgres.Schema;

/// <summary>A column as the catalogue tells it.</summary>
internal sealed record TableColumn(string Name, string Type, bool IsRequired);

/// <summary>What kind of table bears the name.</summary>
internal enum TableKind
{
    /// <summary>None.</summary>
    Absent,

    /// <summary>Ours.</summary>
    Current,

    /// <summary>Made by hand for an earlier session library; can be upgraded in place.</summary>
    Origin,

    /// <summary>Somebody else's.</summary>
    Strange,
}

/// <summary>Recognises a table by its columns. Pure.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Differences">For a strange one: how it differs from what is wanted.</param>
internal sealed record TableShape(TableKind Kind, string Differences)
{
    private static readonly TableColumn[] Sessions =
    [
        new("session_key", "character(64)", true),
        new("session_data", "bytea", false),
        new("session_expiry", "timestamp with time zone", true),
        new("session_version", "bigint", true),
        new("session_user", "text", false),
        new("session_created", "timestamp with time zone", true),
    ];

    private static readonly TableColumn[] Quarantine =
    [
        new("session_key", "character(64)", true),
        new("session_data", "bytea", false),
        new("session_expiry", "timestamp with time zone", true),
        new("session_version", "bigint", true),
        new("base_version", "bigint", true),
        new("reason", "text", true),
        new("quarantined_at", "timestamp with time zone", true),
    ];

    private static readonly (string Name, string Type)[] Origin =
    [
        ("session_key", "character(64)"),
        ("session_data", "bytea"),
        ("session_expiry", "timestamp without time zone"),
    ];

    /// <summary>What the table <c>session</c> is.</summary>
    public static TableShape OfSessions(IReadOnlyList<TableColumn> columns, string primaryKey)
    {
        var isOrigin = columns.Count == Origin.Length && primaryKey == "session_key"
            && Origin.All(wanted => columns.Any(column => column.Name == wanted.Name && column.Type == wanted.Type));
        return isOrigin ? new TableShape(TableKind.Origin, "") : Compare(Sessions, columns, primaryKey);
    }

    /// <summary>What the table <c>session_quarantine</c> is.</summary>
    public static TableShape OfQuarantine(IReadOnlyList<TableColumn> columns, string primaryKey) => Compare(Quarantine, columns, primaryKey);

    private static TableShape Compare(TableColumn[] wantedColumns, IReadOnlyList<TableColumn> columns, string primaryKey)
    {
        if (columns.Count == 0) return new TableShape(TableKind.Absent, "");
        var differences = Differ(wantedColumns, columns, primaryKey).ToArray();
        return differences.Length == 0 ? new TableShape(TableKind.Current, "") : new TableShape(TableKind.Strange, string.Join("; ", differences));
    }

    private static IEnumerable<string> Differ(TableColumn[] wantedColumns, IReadOnlyList<TableColumn> columns, string primaryKey)
    {
        if (primaryKey != "session_key") yield return primaryKey.Length == 0 ? "it has no primary key" : $"its primary key is ({primaryKey}) in place of (session_key)";
        foreach (var wanted in wantedColumns)
        {
            var found = columns.FirstOrDefault(column => column.Name == wanted.Name);
            if (found is null) yield return $"the column {wanted.Name} is missing";
            else if (found.Type != wanted.Type) yield return $"the column {wanted.Name} is {found.Type} in place of {wanted.Type}";
        }
        // Further columns are the owner's business, as long as an insert may leave them out.
    }
}
