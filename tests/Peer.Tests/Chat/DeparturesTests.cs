using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Tests.Chat;

public sealed class DeparturesTests
{
    [Theory]
    [InlineData(nameof(MemberState.Alive), false)]
    [InlineData(nameof(MemberState.Suspect), false)]
    [InlineData(nameof(MemberState.Dead), true)]
    [InlineData(nameof(MemberState.Left), true)]
    public void Who_is_dead_or_has_left_is_gone(string after, bool gone)
    {
        var departures = Departures.Between([Bob()], [Bob(state: Enum.Parse<MemberState>(after))]);

        Assert.Equal(gone ? [new Departure(new SessionId(1), "bob", "http://127.0.0.1:5", WholeProcess: true)] : [], departures);
    }

    [Fact]
    public void Who_was_forgotten_between_two_looks_is_gone() => Assert.Single(Departures.Between([Bob()], []));

    [Fact]
    public void Who_was_gone_before_is_not_gone_again() =>
        Assert.Empty(Departures.Between([Bob(state: MemberState.Dead)], []));

    [Fact]
    public void Another_process_of_the_same_name_means_that_the_first_is_gone() =>
        Assert.Equal(
            [new Departure(new SessionId(1), "bob", "http://127.0.0.1:5", WholeProcess: true)],
            Departures.Between([Bob()], [Bob(session: 2, port: 6)]));

    [Fact]
    public void A_new_session_of_the_same_process_ends_only_the_former_one() =>
        Assert.Equal(
            [new Departure(new SessionId(1), "bob", "http://127.0.0.1:5", WholeProcess: false)],
            Departures.Between([Bob()], [Bob(session: 2)]));

    private static ChatMember Bob(ulong session = 1, int port = 5, MemberState state = MemberState.Alive) =>
        new("bob", new SessionId(session), new Uri($"http://127.0.0.1:{port}"), "127.0.0.1:9", state, 1);
}
