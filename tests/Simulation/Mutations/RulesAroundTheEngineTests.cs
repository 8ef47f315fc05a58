using HybridSession.Consistency;
using HybridSession.Simulation.Clients;
using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Mutations;

public sealed class RulesAroundTheEngineTests
{
    [Fact]
    public Task Without_the_version_guard_the_simulation_finds_lost_changes() =>
        Mutations.FindsAsync("parallel, durable", Store(StoreDefects.IgnoresBaseVersion), Sentence.StoredVersions, Sentence.DurableIsStored, Sentence.NothingDropped);

    [Fact]
    public Task Without_a_conflict_at_the_same_version_the_simulation_finds_lost_changes() =>
        Mutations.FindsAsync("parallel, durable", Store(StoreDefects.TakesSameVersionForWritten), Sentence.DurableIsStored, Sentence.NothingDropped);

    [Fact]
    public Task Without_updates_that_only_update_the_simulation_finds_a_removed_session_that_comes_back() =>
        Mutations.FindsAsync("abandon, parallel", Store(StoreDefects.InsertsOnUpdate), Sentence.NeverBack);

    [Fact]
    public Task Without_the_guard_of_a_replaced_token_the_simulation_finds_lost_changes_or_removed_data() =>
        Mutations.FindsAsync("regenerate, parallel, durable", Store(StoreDefects.RekeysUnguarded), Sentence.NothingDropped, Sentence.StampCovers, Sentence.StoredVersions, Sentence.NeverBack);

    [Fact]
    public Task Without_the_commit_before_a_token_leaves_the_simulation_finds_a_token_without_a_row() =>
        Mutations.FindsAsync("births", Clients(ClientDefects.UsesTokensEarly), Sentence.TokenAfterCommit);

    [Fact]
    public Task Without_announced_changes_the_simulation_finds_old_copies() =>
        Mutations.FindsAsync("parallel, prompt", Lost(PeerNoticeKind.Changed), Sentence.Converges);

    [Fact]
    public Task Without_announced_removals_the_simulation_finds_a_removed_session_that_is_served() =>
        Mutations.FindsAsync("abandon, parallel", Lost(PeerNoticeKind.Removed), Sentence.NeverBack, Sentence.Converges);

    [Fact]
    public Task Without_announced_replacements_the_simulation_finds_an_old_token_that_opens() =>
        Mutations.FindsAsync("regenerate, parallel, durable", Lost(PeerNoticeKind.Replaced), Sentence.NeverBack);

    [Fact]
    public Task Without_flush_requests_the_simulation_finds_a_request_that_waits_for_nothing() =>
        Mutations.FindsAsync("sequential, prompt", Lost(PeerNoticeKind.FlushRequest), Sentence.NoClockNeeded);

    [Fact]
    public Task Without_answers_to_flush_requests_the_simulation_finds_a_request_that_waits_for_nothing() =>
        Mutations.FindsAsync("sequential, prompt", Lost(PeerNoticeKind.Flushed), Sentence.NoClockNeeded);

    [Fact]
    public Task Without_word_of_a_lost_link_the_simulation_finds_old_copies() =>
        Mutations.FindsAsync("cut links", setup => setup with { LinkLossIsHidden = true }, Sentence.Converges);

    [Fact]
    public Task Without_stamps_taken_on_reads_the_simulation_finds_a_change_that_was_seen_and_is_not_any_more() =>
        Mutations.FindsAsync("sequential, late", Clients(ClientDefects.TakesNoStampsOnReads), Sentence.StampCovers);

    [Fact]
    public Task Without_durable_changes_for_clients_without_a_stamp_the_simulation_finds_a_change_that_its_client_does_not_see() =>
        Mutations.FindsAsync("without stamps", Clients(ClientDefects.CommitsWithoutStampAsWithOne), Sentence.StampCovers);

    private static Func<WorldSetup, WorldSetup> Store(StoreDefects defects) => setup => setup with { StoreDefects = defects };

    private static Func<WorldSetup, WorldSetup> Clients(ClientDefects defects) => setup => setup with { ClientDefects = defects };

    private static Func<WorldSetup, WorldSetup> Lost(PeerNoticeKind kind) => setup => setup with { LostMessages = [kind] };
}
