using HybridSession.Consistency;
using HybridSession.Expiration;
using Microsoft.Extensions.Time.Testing;

namespace HybridSession.Core.Tests.Consistency;

public sealed class PeersTests
{
    private static readonly NodeId Self = NodeId.FromText("ssssssss");
    private static readonly NodeId Other = NodeId.FromText("oooooooo");

    private readonly FakeTimeProvider _time = new();
    private readonly Peers _peers;

    public PeersTests() => _peers = new Peers(Self, new SessionClock(_time), TimeSpan.FromMilliseconds(200));

    [Fact]
    public void A_node_that_never_heard_the_others_supposes_that_there_are_some()
    {
        Assert.True(_peers.HasOthers);

        _peers.Joined([Self]);
        Assert.False(_peers.HasOthers);
    }

    [Fact]
    public void A_node_that_was_alone_stays_alone_while_its_link_is_broken()
    {
        _peers.Joined([Self]);
        _peers.Lost();
        Assert.Equal((false, false), (_peers.HasOthers, _peers.IsLinked));

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _peers.DeafFor);
    }

    [Fact]
    public void A_node_that_has_left_is_gone_at_once_and_one_that_vanished_may_be_there_for_a_minute()
    {
        _peers.Joined([Self, Other]);
        Assert.Equal(PeerState.Alive, _peers.Judge(Other));

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_peers.NodesAre([Self]));
        Assert.Equal((PeerState.Uncertain, true), (_peers.Judge(Other), _peers.HasOthers));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.False(_peers.NodesAre([Self]));
        Assert.Equal((PeerState.Uncertain, false), (_peers.Judge(Other), _peers.HasOthers));

        _peers.Came(Other);
        _peers.Left(Other);
        Assert.Equal((PeerState.Gone, false), (_peers.Judge(Other), _peers.HasOthers));
    }

    [Fact]
    public void A_node_that_finds_nobody_after_all_links_broke_does_not_take_itself_to_be_alone()
    {
        _peers.Joined([Self, Other]);
        _peers.Lost();
        _time.Advance(TimeSpan.FromSeconds(2));
        _peers.Joined([Self]);

        Assert.True(_peers.HasOthers);
        Assert.Equal(PeerState.Uncertain, _peers.Judge(Other));
    }

    [Fact]
    public void A_node_that_vanished_may_go_on_serving_so_that_nobody_is_alone_until_it_says_good_bye()
    {
        _peers.Joined([Self, Other]);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(_peers.NodesAre([Self]));
        Assert.Equal((0, true), (_peers.Count, _peers.HasOthers));

        _peers.Lost();
        _peers.Joined([Self]);
        Assert.True(_peers.HasOthers);

        _peers.Left(Other);
        Assert.False(_peers.HasOthers);
    }

    [Fact]
    public void A_look_that_began_before_a_node_came_does_not_make_it_go()
    {
        _peers.Joined([Self]);
        _peers.Came(Other);

        Assert.False(_peers.NodesAre([Self]));
        Assert.True(_peers.HasOthers);
    }

    [Fact]
    public void A_silent_node_is_not_asked_until_it_is_heard_or_some_seconds_have_passed()
    {
        _peers.Joined([Self, Other]);
        _peers.WasSilent(Other);
        Assert.Equal(PeerState.Silent, _peers.Judge(Other));

        _peers.WasHeard(Other);
        Assert.Equal(PeerState.Alive, _peers.Judge(Other));

        _peers.WasSilent(Other);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(PeerState.Alive, _peers.Judge(Other));
    }

    [Fact]
    public void Of_a_node_that_hears_nobody_all_others_are_uncertain()
    {
        _peers.Joined([Self, Other]);
        _peers.Lost();

        Assert.Equal(PeerState.Uncertain, _peers.Judge(Other));
        Assert.Equal(PeerState.Self, _peers.Judge(Self));
    }

    [Fact]
    public void Of_a_node_that_nobody_has_ever_seen_nothing_is_certain()
    {
        _peers.Joined([Self]);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.True(_peers.IsUnknown(Other));
        Assert.Equal(PeerState.Uncertain, _peers.Judge(Other));
    }
}
