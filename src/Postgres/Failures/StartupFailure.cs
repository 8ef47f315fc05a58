using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using HybridSession.Postgres.Connecting;
using Npgsql;

namespace HybridSession.Postgres.Failures;

/// <summary>Why the start failed, in words that say what to change. Pure; holds no password.</summary>
/// <param name="Message">What is wrong, and what to do.</param>
/// <param name="Class">The class of the failure.</param>
/// <param name="MayPass">True when waiting may help: a server that is not up yet.</param>
/// <param name="Cause">What was thrown.</param>
internal sealed record StartupFailure(string Message, BackingStoreFailure Class, bool MayPass, Exception Cause)
{
    public BackingStoreException ToException(int attempts, TimeSpan waited)
    {
        // What was said once is not wrapped again.
        if (Cause is BackingStoreException already && attempts == 1) return already;
        var tries = attempts == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" Tried {attempts} times in {waited.TotalSeconds:0.0} s (StartupTimeout).");
        return new BackingStoreException(Message + tries, Class, outcomeUnknown: false, (Cause as BackingStoreException)?.InnerException ?? Cause);
    }

    public static StartupFailure Of(Exception exception, ConnectionTarget target, string schema)
    {
        if (exception is BackingStoreException known) return new StartupFailure(known.Message, known.Failure, known.Failure != BackingStoreFailure.Setup && known.IsTransient, exception);
        if (SqlStateClassifier.FindPostgres(exception) is { } postgres) return OfServer(postgres, exception, target, schema);
        if (SqlStateClassifier.Find<AuthenticationException>(exception) is not null)
            return Permanent($"The certificate of PostgreSQL at {target.Server} was not accepted (SSL Mode={target.SslMode}). Set Root Certificate to the file of its certificate authority and use the host name that the certificate names, or lower SSL Mode to Require, which encrypts without checking who answers.", exception);
        if (HasText(exception, "SSL"))
            return Permanent($"SSL was requested (SSL Mode={target.SslMode}), but it is not enabled on the server at {target.Server}. Enable it there (ssl = on, with a certificate), or set SSL Mode=Disable or Prefer (in a URI sslmode=disable or sslmode=prefer).", exception);
        if (HasText(exception, "No password has been provided"))
            return Permanent($"PostgreSQL at {target.Server} asks for a password of the role \"{target.User}\", and the connection string has none. Add Password=..., or user:password@ to the URI.", exception);
        return OfNetwork(exception, target);
    }

    private static StartupFailure OfServer(PostgresException postgres, Exception exception, ConnectionTarget target, string schema) => postgres.SqlState switch
    {
        "28P01" => Permanent($"PostgreSQL at {target.Server} refused the password of the role \"{target.User}\". Correct Username or Password; in a URI a password with special characters must be percent-encoded.", exception),
        "28000" when postgres.MessageText.Contains("does not exist", StringComparison.Ordinal) => Permanent($"The role \"{target.User}\" does not exist on {target.Server}. Create it (create role ... login) or correct Username.", exception),
        "28000" when postgres.MessageText.Contains("no encryption", StringComparison.Ordinal) || postgres.MessageText.Contains("SSL off", StringComparison.Ordinal) =>
            Permanent($"PostgreSQL at {target.Server} admits the role \"{target.User}\" to database \"{target.Database}\" only over SSL, or not at all (SSL Mode={target.SslMode}). Set SSL Mode=Require (in a URI sslmode=require), or add a line for it to pg_hba.conf.", exception),
        "28000" => Permanent($"PostgreSQL at {target.Server} does not admit the role \"{target.User}\" to database \"{target.Database}\" from this host. Add a line for it to pg_hba.conf, or correct Username or Database.", exception),
        "3D000" => Permanent($"The database \"{target.Database}\" does not exist on {target.Server}. Create it (create database ...) or correct Database.", exception),
        "42501" => Permanent($"The role \"{target.User}\" lacks a privilege for schema \"{schema}\" of database \"{target.Database}\" on {target.Server}: {postgres.MessageText}. Grant it (grant usage, create on schema ...), or set SchemaMode to Validate and let an administrator run the script.", exception),
        "53300" => Passing($"PostgreSQL at {target.Server} has no connection left (max_connections). Raise it there, or lower Maximum Pool Size of the applications.", exception),
        "57P03" => Passing($"PostgreSQL at {target.Server} is starting up, shutting down or recovering.", exception),
        _ => new StartupFailure($"PostgreSQL at {target.Server} answered \"{postgres.MessageText}\" (SQLSTATE {postgres.SqlState}) while the session store started. Correct what it names.", SqlStateClassifier.Classify(postgres.SqlState), SqlStateClassifier.Classify(postgres.SqlState) == BackingStoreFailure.Transient && postgres.IsTransient, exception),
    };

    private static StartupFailure OfNetwork(Exception exception, ConnectionTarget target) => SqlStateClassifier.Find<SocketException>(exception)?.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => Passing($"Nothing listens at {target.Server}. Start PostgreSQL, or correct Host and Port; on another machine check listen_addresses and the firewall.", exception),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => Passing($"The host of {target.Server} is unknown here. Correct Host, or check the name service.", exception),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => Passing($"No route leads to {target.Server}. Correct Host, or check the network.", exception),
        _ when SqlStateClassifier.IsPoolExhausted(exception) => Passing("The connection pool of this process is exhausted. Raise Maximum Pool Size, or give the sessions a data source of their own.", exception) with { Class = BackingStoreFailure.LocalPressure },
        _ when SqlStateClassifier.Find<TimeoutException>(exception) is not null => Passing($"PostgreSQL at {target.Server} did not answer in time. Check Host and Port and the firewall, or raise Timeout.", exception),
        _ => Passing($"The connection to {target.Server} failed. Check that PostgreSQL listens there, and not something else.", exception),
    };

    private static StartupFailure Permanent(string message, Exception exception) => new(message, BackingStoreFailure.Setup, MayPass: false, exception);

    private static StartupFailure Passing(string message, Exception exception) => new(message, BackingStoreFailure.Transient, MayPass: true, exception);

    private static bool HasText(Exception? exception, string text) =>
        exception is not null && (exception.Message.Contains(text, StringComparison.Ordinal) || HasText(exception.InnerException, text) || (exception is AggregateException several && several.InnerExceptions.Any(inner => HasText(inner, text))));
}
