using System.Net.Sockets;
using HybridSession.Postgres.Failures;
using Npgsql;
using Xunit;

namespace HybridSession.Postgres.Tests;

public sealed class SqlStateClassifierTests
{
    [Theory]
    [InlineData("25006", BackingStoreFailure.WrongServer)]
    [InlineData("57P03", BackingStoreFailure.WrongServer)]
    [InlineData("42P01", BackingStoreFailure.Setup)]
    [InlineData("42703", BackingStoreFailure.Setup)]
    [InlineData("3F000", BackingStoreFailure.Setup)]
    [InlineData("42501", BackingStoreFailure.Setup)]
    [InlineData("28000", BackingStoreFailure.Setup)]
    [InlineData("28P01", BackingStoreFailure.Setup)]
    [InlineData("3D000", BackingStoreFailure.Setup)]
    [InlineData("22001", BackingStoreFailure.Data)]
    [InlineData("22P03", BackingStoreFailure.Data)]
    [InlineData("23505", BackingStoreFailure.Data)]
    [InlineData("54000", BackingStoreFailure.Data)]
    [InlineData("21000", BackingStoreFailure.Data)]
    [InlineData("P0001", BackingStoreFailure.Data)]
    [InlineData("40P01", BackingStoreFailure.Transient)]
    [InlineData("40001", BackingStoreFailure.Transient)]
    [InlineData("40003", BackingStoreFailure.Transient)]
    [InlineData("08006", BackingStoreFailure.Transient)]
    [InlineData("08007", BackingStoreFailure.Transient)]
    [InlineData("53100", BackingStoreFailure.Transient)]
    [InlineData("53300", BackingStoreFailure.Transient)]
    [InlineData("55P03", BackingStoreFailure.Transient)]
    [InlineData("57014", BackingStoreFailure.Timeout)]
    [InlineData("57P01", BackingStoreFailure.Transient)]
    [InlineData("57P02", BackingStoreFailure.Transient)]
    [InlineData("25P02", BackingStoreFailure.Transient)]
    [InlineData("25P03", BackingStoreFailure.Transient)]
    [InlineData("0A000", BackingStoreFailure.Transient)]
    [InlineData("XX000", BackingStoreFailure.Transient)]
    public void A_code_has_its_class(string sqlState, BackingStoreFailure expected)
    {
        var exception = Server(sqlState);

        Assert.Equal(expected, SqlStateClassifier.Classify(exception));
        Assert.Equal(expected, SqlStateClassifier.Classify(new NpgsqlException("around it", exception)));
    }

    [Fact]
    public void An_exhausted_pool_is_local_pressure_a_silent_server_a_timeout_and_a_lost_connection_transient()
    {
        Assert.Equal(BackingStoreFailure.LocalPressure, SqlStateClassifier.Classify(new NpgsqlException("The connection pool has been exhausted, either raise 'Max Pool Size'", new TimeoutException())));
        Assert.Equal(BackingStoreFailure.Timeout, SqlStateClassifier.Classify(new NpgsqlException("Exception while reading from stream", new TimeoutException())));
        Assert.Equal(BackingStoreFailure.Transient, SqlStateClassifier.Classify(new NpgsqlException("Exception while reading from stream", new IOException("Broken pipe"))));
        Assert.Equal(BackingStoreFailure.Transient, SqlStateClassifier.Classify(new SocketException((int)SocketError.ConnectionRefused)));
    }

    [Theory]
    [InlineData("40P01", "ERROR", false)]
    [InlineData("57014", "ERROR", false)]
    [InlineData("23505", "ERROR", false)]
    [InlineData("40003", "ERROR", true)]
    [InlineData("08007", "ERROR", true)]
    [InlineData("57P01", "FATAL", true)]
    [InlineData("57P02", "FATAL", true)]
    public void An_error_of_the_server_was_rolled_back_and_the_end_of_the_connection_leaves_it_open(string sqlState, string severity, bool expected)
    {
        Assert.Equal(expected, SqlStateClassifier.IsOutcomeUnknown(Server(sqlState, severity)));
        Assert.True(SqlStateClassifier.IsOutcomeUnknown(new NpgsqlException("lost", new EndOfStreamException())));
    }

    [Fact]
    public void The_outcome_is_open_only_after_something_was_sent_and_for_good_after_it_was_committed()
    {
        var (lost, refused) = (new NpgsqlException("lost", new IOException()), Server("40P01"));
        var progress = new CallProgress();

        Assert.False(progress.IsOutcomeUnknown(lost));
        progress.Sending();
        Assert.True(progress.IsOutcomeUnknown(lost));
        Assert.False(progress.IsOutcomeUnknown(refused));
        progress.Committed();
        Assert.True(progress.IsOutcomeUnknown(refused));
        progress.ChangedNothing();
        Assert.False(progress.IsOutcomeUnknown(lost));
    }

    [Fact]
    public void The_message_of_a_data_error_does_not_repeat_what_the_server_quotes()
    {
        var cause = new PostgresException("invalid byte sequence: PAYLOAD", "ERROR", "ERROR", "22021");

        var failure = StoreFailure.Wrap("Flushing 3 sessions", cause, outcomeUnknown: false);

        Assert.DoesNotContain("PAYLOAD", failure.Message, StringComparison.Ordinal);
        Assert.Contains("22021", failure.Message, StringComparison.Ordinal);
        Assert.Same(cause, failure.InnerException);
        Assert.Equal(BackingStoreFailure.Data, failure.Failure);
    }

    [Fact]
    public void The_message_of_a_data_error_names_the_constraint()
    {
        var cause = new PostgresException("violates check constraint", "ERROR", "ERROR", "23514", constraintName: "no_poison");

        Assert.Contains("SQLSTATE 23514, constraint \"no_poison\"", StoreFailure.Wrap("Flushing 3 sessions", cause, outcomeUnknown: false).Message, StringComparison.Ordinal);
    }

    internal static PostgresException Server(string sqlState, string severity = "ERROR", string text = "text") => new(text, severity, severity, sqlState);
}
