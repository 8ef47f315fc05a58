using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace HybridSession.Postgres.Schema;

/// <summary>Names that go into SQL text.</summary>
internal static class PgIdentifier
{
    private const int MaxBytes = 63;

    /// <summary>False with the rest of a sentence when PostgreSQL could not take the name, or would cut it.</summary>
    public static bool IsValid([NotNullWhen(true)] string? name, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (string.IsNullOrEmpty(name)) problem = "is empty.";
        else if (name.Contains('\0', StringComparison.Ordinal)) problem = "contains a zero character.";
        else if (Encoding.UTF8.GetByteCount(name) > MaxBytes) problem = $"is longer than {MaxBytes} bytes, and PostgreSQL would cut it.";
        else if (name.StartsWith("pg_", StringComparison.Ordinal)) problem = "begins with pg_, which PostgreSQL keeps for itself.";
        return problem is null;
    }

    /// <summary>In double quotes, inner ones doubled.</summary>
    /// <exception cref="ArgumentException">The name cannot be an identifier.</exception>
    public static string Quote(string name)
    {
        if (!IsValid(name, out var problem)) throw new ArgumentException($"The identifier \"{name}\" {problem}", nameof(name));
        return QuoteExisting(name);
    }

    /// <summary>A name that came from the server, and so is an identifier already, in double quotes.</summary>
    public static string QuoteExisting(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
