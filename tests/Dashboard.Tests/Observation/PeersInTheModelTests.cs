using ChittyChat.Contracts.V1;
using ChittyChat.Dashboard.Observation;
using Google.Protobuf.WellKnownTypes;

namespace ChittyChat.Dashboard.Tests.Observation;

public sealed class PeersInTheModelTests
{
    private readonly Stage _stage = new();

    [Fact]
    public void Without_a_registry_to_ask_the_page_says_so()
    {
        Assert.Equal(RegistryStatus.NotConfigured, new Stage(registryIsConfigured: false).View().Registry.Status);
        Assert.Equal(RegistryStatus.Connecting, _stage.View().Registry.Status);
    }

    [Fact]
    public void A_registry_that_is_lost_is_not_an_empty_one()
    {
        _stage.RegistryHas("alice", "bob").Pass(TimeSpan.FromSeconds(5)).RegistryIsLost("connection refused");
        _stage.Pass(TimeSpan.FromSeconds(5)).RegistryIsLost("still refused");

        var registry = _stage.View().Registry;

        Assert.Equal(new RegistryView(RegistryStatus.Unavailable, 2, "still refused", Stage.Start.AddSeconds(5)), registry);
        Assert.Equal([true, true], _stage.View().Peers.Select(p => p.Registered));
    }

    [Fact]
    public void A_snapshot_replaces_what_was_registered_and_changes_alter_it()
    {
        _stage.RegistryHas("alice", "bob").RegistryIsLost().RegistryHas("bob");
        Assert.Equal(["bob"], _stage.View().Peers.Where(p => p.Registered).Select(p => p.Name));

        _stage.RegistryTells(Change.Types.Kind.Registered, Stage.Registered("carol"));
        Assert.Equal(["bob", "carol"], _stage.View().Peers.Where(p => p.Registered).Select(p => p.Name));

        _stage.RegistryTells(Change.Types.Kind.Expired, Stage.Registered("bob"));
        _stage.RegistryTells(Change.Types.Kind.Deregistered, Stage.Registered("carol"));
        Assert.Equal(0, _stage.View().Registry.Members);
    }

    [Fact]
    public void Peers_are_watched_that_the_registry_or_any_gossip_view_calls_members()
    {
        _stage.RegistryHas("alice").Answers("alice").Sees(
            "alice", Stage.Member("alice"), Stage.Member("bob"), Stage.Member("carol", MemberState.Suspect), Stage.Member("dave", MemberState.Dead));

        Assert.Equal([Stage.Address("alice"), Stage.Address("bob"), Stage.Address("carol")], _stage.View().Addresses.AsEnumerable());
    }

    [Fact]
    public void While_nobody_answers_everybody_known_is_tried_again()
    {
        _stage.AllHere("alice", "bob").RegistryIsLost().IsLost("alice").IsLost("bob");

        Assert.Equal([Stage.Address("alice"), Stage.Address("bob")], _stage.View().Addresses.AsEnumerable());
    }

    [Fact]
    public void A_peer_is_given_up_when_somebody_answers_and_nobody_vouches_for_it()
    {
        _stage.AllHere("alice", "bob").IsLost("bob");
        Assert.Contains(Stage.Address("bob"), _stage.View().Addresses);

        _stage.RegistryTells(Change.Types.Kind.Expired, Stage.Registered("bob"));
        Assert.Contains(Stage.Address("bob"), _stage.View().Addresses);

        _stage.Sees("alice", Stage.Member("alice"), Stage.Member("bob", MemberState.Dead));
        Assert.Equal([Stage.Address("alice")], _stage.View().Addresses.AsEnumerable());
    }

    [Fact]
    public void A_registry_that_no_longer_has_a_silent_peer_is_enough_to_give_it_up()
    {
        _stage.RegistryHas("alice").RegistryHas("bob");

        Assert.Equal([Stage.Address("bob")], _stage.View().Addresses.AsEnumerable());
    }

    [Fact]
    public void A_peer_that_answers_is_watched_on_even_if_nobody_vouches_for_it()
    {
        _stage.RegistryHas("alice").Answers("alice").RegistryHas("bob");

        Assert.Equal([Stage.Address("alice"), Stage.Address("bob")], _stage.View().Addresses.AsEnumerable());
    }

    [Fact]
    public void Of_two_entries_in_the_registry_the_one_that_started_last_counts()
    {
        var (earlier, later) = (Stage.Registered("alice", session: 8), Stage.Registered("alice", session: 9));
        (earlier.Started, later.Started) = (Timestamp.FromDateTimeOffset(Stage.Start), Timestamp.FromDateTimeOffset(Stage.Start.AddSeconds(1)));
        _stage.RegistryHas(later, earlier);

        Assert.Equal(9ul, _stage.Peer("alice").Session);
    }

    [Fact]
    public void What_a_given_up_peer_still_says_is_not_heard()
    {
        _stage.AllHere("alice", "bob").View();
        _stage.IsLost("bob").RegistryHas("alice").Sees("alice", "alice");

        _stage.Answers("bob").Sees("bob", "bob");

        Assert.Equal(LinkStatus.None, _stage.Peer("bob").Link.Status);
    }

    [Theory]
    [InlineData(MemberState.Alive, 1u, MemberState.Suspect, 1u, MemberState.Suspect)]
    [InlineData(MemberState.Alive, 2u, MemberState.Suspect, 1u, MemberState.Alive)]
    [InlineData(MemberState.Dead, 1u, MemberState.Suspect, 1u, MemberState.Dead)]
    [InlineData(MemberState.Dead, 1u, MemberState.Alive, 2u, MemberState.Alive)]
    public void The_state_is_the_newest_claim_by_the_rule_of_Swim(
        MemberState aliceSays, uint aliceIncarnation, MemberState bobSays, uint bobIncarnation, MemberState expected)
    {
        _stage.RegistryHas("alice", "bob").Answers("alice").Answers("bob");
        _stage.Sees("alice", Stage.Member("alice"), Stage.Member("bob"), Stage.Member("carol", aliceSays, aliceIncarnation));
        _stage.Sees("bob", Stage.Member("alice"), Stage.Member("bob"), Stage.Member("carol", bobSays, bobIncarnation));

        var carol = _stage.Peer("carol");

        Assert.Equal(expected, carol.State);
        Assert.Equal([new Opinion("alice", aliceSays, aliceIncarnation), new Opinion("bob", bobSays, bobIncarnation)], carol.Opinions.AsEnumerable());
    }

    [Fact]
    public void A_restarted_peer_is_not_what_was_claimed_of_its_earlier_session()
    {
        _stage.AllHere("alice", "bob").Sees("alice", Stage.Member("alice"), Stage.Member("bob", MemberState.Dead, 7, session: 1));
        _stage.Answers("bob", session: 2).Sees("bob", Stage.Member("alice"), Stage.Member("bob", session: 2));

        var bob = _stage.Peer("bob");

        Assert.Equal(MemberState.Alive, bob.State);
        Assert.Equal(2ul, bob.Session);
    }

    [Fact]
    public void Agreement_is_no_difference()
    {
        _stage.AllHere("alice", "bob", "carol");

        Assert.All(_stage.View().Peers, p => Assert.Empty(p.Differences));
        Assert.Equal(3, _stage.View().Alive);
    }

    [Fact]
    public void In_gossip_but_not_in_the_registry_is_a_difference()
    {
        _stage.RegistryHas("alice").Answers("alice").Sees("alice", "alice", "bob");

        Assert.Equal(["In gossip, but not in the registry."], _stage.Peer("bob").Differences.AsEnumerable());
    }

    [Fact]
    public void In_the_registry_but_not_in_gossip_is_a_difference()
    {
        _stage.RegistryHas("alice", "bob").Answers("alice").Sees("alice", "alice");

        Assert.Equal(["In the registry, but in no peer's gossip view."], _stage.Peer("bob").Differences.AsEnumerable());
    }

    [Fact]
    public void In_the_registry_but_dead_in_gossip_is_a_lease_that_still_runs()
    {
        _stage.RegistryHas("alice", "bob").Answers("alice").Sees("alice", Stage.Member("alice"), Stage.Member("bob", MemberState.Dead));

        Assert.Equal(["In the registry, but dead in gossip: its lease has not run out yet."], _stage.Peer("bob").Differences.AsEnumerable());
    }

    [Fact]
    public void Nothing_is_compared_with_a_registry_that_does_not_answer()
    {
        _stage.RegistryHas("alice", "bob").Answers("alice").Sees("alice", "alice", "carol").RegistryIsLost();

        Assert.All(_stage.View().Peers, p => Assert.Empty(p.Differences));
    }

    [Fact]
    public void Views_that_disagree_are_a_difference()
    {
        _stage.AllHere("alice", "bob", "carol");
        _stage.Sees("bob", Stage.Member("alice"), Stage.Member("bob"), Stage.Member("carol", MemberState.Suspect));
        _stage.Sees("carol", Stage.Member("carol"));

        Assert.Equal(["The views disagree: alive for alice, carol; suspect for bob."], _stage.Peer("carol").Differences.AsEnumerable());
        Assert.Equal(["The views disagree: alive for alice, bob; not here for carol."], _stage.Peer("alice").Differences.AsEnumerable());
    }

    [Fact]
    public void A_newcomer_that_never_heard_of_a_dead_peer_does_not_disagree()
    {
        _stage.AllHere("alice", "bob").RegistryHas("alice", "bob");
        _stage.Sees("alice", Stage.Member("alice"), Stage.Member("bob"), Stage.Member("carol", MemberState.Dead));

        Assert.Empty(_stage.Peer("carol").Differences);
    }

    [Fact]
    public void Other_sessions_and_addresses_in_the_registry_are_differences()
    {
        var old = Stage.Registered("bob", session: 0x1111222233334444);
        old.GossipAddress = "elsewhere:2";
        _stage.RegistryHas(Stage.Registered("alice"), old).Answers("alice").Sees("alice", "alice", "bob");

        Assert.Equal(
            [
                "The registry has session 11112222, gossip has 00000000.",
                "The registry has gossip address elsewhere:2, gossip has bob:2.",
            ],
            _stage.Peer("bob").Differences.AsEnumerable());
    }

    [Fact]
    public void An_earlier_entry_beside_the_present_one_is_a_difference()
    {
        _stage.RegistryHas(Stage.Registered("alice"), Stage.Registered("alice", session: 9)).Answers("alice").Sees("alice", "alice");

        Assert.Contains("2 times in the registry: the lease of an earlier entry has not run out yet.", _stage.Peer("alice").Differences);
    }

    [Fact]
    public void A_peer_that_the_page_cannot_reach_keeps_the_state_that_the_others_give_it()
    {
        _stage.AllHere("alice", "bob").IsLost("bob", "connection refused");

        var bob = _stage.Peer("bob");

        Assert.Equal(MemberState.Alive, bob.State);
        Assert.Equal(new LinkView(LinkStatus.Lost, "connection refused"), bob.Link);
        Assert.Equal(["alice"], _stage.View().Answering.Select(p => p.Name));
    }

    [Fact]
    public void When_the_last_peer_falls_silent_nobody_can_tell_its_state()
    {
        _stage.AllHere("alice").IsLost("alice").RegistryIsLost();

        var alice = _stage.Peer("alice");

        Assert.Equal(MemberState.Unspecified, alice.State);
        Assert.False(alice.Gone);
    }

    [Fact]
    public void The_departed_are_remembered_after_the_living_but_not_for_ever()
    {
        _stage.AllHere("zoe");
        for (var i = 0; i < LabModel.MaxRemembered + 3; i++)
        {
            _stage.Sees("zoe", Stage.Member("zoe"), Stage.Member($"p-{i}", MemberState.Left)).View();
        }

        _stage.Sees("zoe", "zoe");
        var peers = _stage.View().Peers;

        Assert.Equal("zoe", peers[0].Name);
        Assert.Equal(1 + LabModel.MaxRemembered, peers.Length);
        Assert.Equal("p-3", peers[1].Name);
        Assert.All(peers[1..], p => Assert.Equal((MemberState.Left, true), (p.State, p.Gone)));
    }

    [Fact]
    public void At_most_so_many_peers_are_watched_and_the_rest_is_counted()
    {
        _stage.RegistryHas([.. Enumerable.Range(0, LabModel.MaxLinks + 5).Select(i => $"p{i}")]);

        var view = _stage.View();

        Assert.Equal(LabModel.MaxLinks, view.Addresses.Length);
        Assert.Equal(5, view.Unwatched);
    }

    [Fact]
    public void An_address_that_is_none_is_not_watched()
    {
        var odd = Stage.Registered("alice");
        odd.GrpcAddress = "alice:1";
        _stage.RegistryHas(odd);

        Assert.Empty(_stage.View().Addresses);
        Assert.Equal(["alice"], _stage.View().Peers.Select(p => p.Name));
    }

    [Fact]
    public void The_highest_Lamport_time_is_that_of_those_who_answer_and_stays_when_nobody_does()
    {
        _stage.AllHere("alice", "bob").Answers("alice", lamportTime: 7).Answers("bob", lamportTime: 12);
        Assert.Equal(12ul, _stage.View().HighestLamportTime);

        _stage.IsLost("bob");
        Assert.Equal(7ul, _stage.View().HighestLamportTime);

        _stage.IsLost("alice");
        Assert.Equal(7ul, _stage.View().HighestLamportTime);
    }

    [Fact]
    public void Peer_2_comes_before_peer_10()
    {
        _stage.RegistryHas("peer-10", "peer-2", "alice", "peer-1");

        Assert.Equal(["alice", "peer-1", "peer-2", "peer-10"], _stage.View().Peers.Select(p => p.Name));
    }

    [Fact]
    public void Participants_of_a_peer_are_shown_with_it()
    {
        var bob = Stage.Member("bob");
        bob.Participants.Add(["grace", "ada"]);
        _stage.RegistryHas("alice", "bob").Answers("alice").Sees("alice", Stage.Member("alice"), bob);

        Assert.Equal(["ada", "grace"], _stage.Peer("bob").Participants.AsEnumerable());
    }
}
