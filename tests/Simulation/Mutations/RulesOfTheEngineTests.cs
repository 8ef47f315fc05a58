using HybridSession.Simulation.World;

namespace HybridSession.Simulation.Mutations;

public sealed class RulesOfTheEngineTests
{
    [Fact]
    public Task Without_the_pin_of_changed_sessions_the_simulation_finds_lost_changes() =>
        Mutations.FindsAsync("parallel, late, failing store", rules => rules.ChangedSessionsArePinned = false, Sentence.StampCovers, Sentence.NothingDropped, Sentence.DurableIsStored, Sentence.EngineInvariants);

    [Fact]
    public Task Without_a_version_of_its_own_for_a_merge_the_simulation_finds_two_contents_of_one_version() =>
        Mutations.FindsAsync("parallel, durable", rules => rules.MergesGetTheirOwnVersion = false, Sentence.StoredVersions, Sentence.DurableIsStored, Sentence.NothingDropped, Sentence.ComesToRest);

    [Fact]
    public Task Without_the_base_of_a_flush_left_alone_by_reads_the_simulation_finds_lost_changes() =>
        Mutations.FindsAsync("without stamps", rules => rules.ReadsLeaveTheBaseOfAFlush = false, Sentence.StoredVersions, Sentence.DurableIsStored, Sentence.NothingDropped, Sentence.ComesToRest, Sentence.Converges);

    [Fact]
    public Task Without_waiting_for_the_change_itself_the_simulation_finds_an_acknowledged_change_that_is_not_stored() =>
        Mutations.FindsAsync("parallel, durable", rules => rules.WaitersWaitForTheirChange = false, Sentence.DurableIsStored);

    [Fact]
    public Task Without_the_node_in_the_stamp_the_simulation_finds_a_change_that_its_client_does_not_see() =>
        Mutations.FindsAsync("parallel, prompt", rules => rules.StampsNameTheirNode = false, Sentence.StampCovers);

    [Fact]
    public Task Without_newer_copies_written_back_the_simulation_finds_a_loss_that_was_none() =>
        Mutations.FindsAsync("fail-over, prompt", rules => rules.NewerCopiesAreWrittenBack = false, Sentence.ReportedWithoutLoss);
}
