using ChittyChat.Contracts.V1;
using ChittyChat.Registry.Store;
using ChittyChat.TestSupport;
using static ChittyChat.Registry.Tests.MemberExamples;
using Kind = ChittyChat.Contracts.V1.Change.Types.Kind;

namespace ChittyChat.Registry.Tests.Store;

/// <summary>What every member store promises. The clock is the test's own.</summary>
public abstract class MemberStoreContract
{
    private protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private protected static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);

    private protected ManualTimeProvider Time { get; } = new();

    private protected abstract IMemberStore Store { get; }

    [Fact]
    public async Task A_registered_member_is_listed_with_all_its_fields()
    {
        Assert.True(await Store.RegisterAsync(Member("a"), Lease, default));

        Assert.Equal([Member("a")], (await Store.ListAsync(default)).Members);
    }

    [Fact]
    public async Task Registering_is_a_change_and_registering_the_same_again_is_none()
    {
        var start = await PositionAsync();
        await RegisterAsync(Member("a"));
        await RegisterAsync(Member("a"));

        Assert.Equal([(Kind.Registered, Member("a"))], await ChangesAsync(start));
    }

    [Fact]
    public async Task Other_contents_under_the_same_id_replace_the_member()
    {
        await RegisterAsync(Member("a"));
        var start = await PositionAsync();
        await RegisterAsync(Member("a", port: 6001));

        Assert.Equal([Member("a", port: 6001)], (await Store.ListAsync(default)).Members);
        Assert.Equal([(Kind.Updated, Member("a", port: 6001))], await ChangesAsync(start));
    }

    [Fact]
    public async Task A_member_is_listed_until_its_lease_has_run_out_and_then_is_expired()
    {
        await RegisterAsync(Member("a"));
        var start = await PositionAsync();

        Time.Advance(Lease - Microsecond);
        Assert.Single((await Store.ListAsync(default)).Members);
        Time.Advance(Microsecond);
        Assert.Empty((await Store.ListAsync(default)).Members);
        Assert.Equal([(Kind.Expired, Member("a"))], await ChangesAsync(start));
    }

    [Fact]
    public async Task Reading_the_changes_lets_leases_run_out()
    {
        await RegisterAsync(Member("a"));
        var start = await PositionAsync();
        Time.Advance(Lease);

        Assert.Equal([(Kind.Expired, Member("a"))], await ChangesAsync(start));
    }

    [Fact]
    public async Task Renewing_lets_the_lease_run_from_now_and_is_no_change()
    {
        await RegisterAsync(Member("a"));
        var start = await PositionAsync();
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(await Store.RenewAsync("a", Lease, default));

        Time.Advance(Lease - Microsecond);
        Assert.Single((await Store.ListAsync(default)).Members);
        Assert.Empty(await ChangesAsync(start));
        Time.Advance(Microsecond);
        Assert.Empty((await Store.ListAsync(default)).Members);
    }

    [Fact]
    public async Task Registering_again_lets_the_lease_run_from_now()
    {
        await RegisterAsync(Member("a"));
        Time.Advance(TimeSpan.FromSeconds(6));
        await RegisterAsync(Member("a"));
        Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Single((await Store.ListAsync(default)).Members);
    }

    [Fact]
    public async Task A_member_that_is_unknown_expired_or_deregistered_cannot_renew()
    {
        await RegisterAsync(Member("expired"));
        Time.Advance(Lease);
        await RegisterAsync(Member("gone"));
        await Store.DeregisterAsync("gone", default);

        Assert.False(await Store.RenewAsync("unknown", Lease, default));
        Assert.False(await Store.RenewAsync("expired", Lease, default));
        Assert.False(await Store.RenewAsync("gone", Lease, default));
        Assert.Empty((await Store.ListAsync(default)).Members);
    }

    [Fact]
    public async Task Deregistering_removes_once()
    {
        await RegisterAsync(Member("a"));
        await RegisterAsync(Member("b"));
        var start = await PositionAsync();

        Assert.True(await Store.DeregisterAsync("a", default));
        Assert.False(await Store.DeregisterAsync("a", default));
        Assert.Equal([Member("b")], (await Store.ListAsync(default)).Members);
        Assert.Equal([(Kind.Deregistered, Member("a"))], await ChangesAsync(start));
    }

    [Fact]
    public async Task Members_expire_in_the_order_in_which_their_leases_end()
    {
        await Store.RegisterAsync(Member("last"), TimeSpan.FromSeconds(3), default);
        await Store.RegisterAsync(Member("first"), TimeSpan.FromSeconds(1), default);
        await Store.RegisterAsync(Member("second"), TimeSpan.FromSeconds(2), default);
        var start = await PositionAsync();
        Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(["first", "second", "last"], (await ChangesAsync(start)).Select(c => c.Member.Id));
    }

    [Fact]
    public async Task A_member_whose_lease_ran_out_comes_back_as_a_new_one()
    {
        var start = await PositionAsync();
        await RegisterAsync(Member("a"));
        Time.Advance(Lease);
        await RegisterAsync(Member("a"));

        Assert.Equal([Kind.Registered, Kind.Expired, Kind.Registered], (await ChangesAsync(start)).Select(c => c.Kind));
    }

    [Fact]
    public async Task The_position_of_the_list_is_where_later_changes_begin()
    {
        await RegisterAsync(Member("a"));
        await RegisterAsync(Member("b"));
        var list = await Store.ListAsync(default);
        await RegisterAsync(Member("c"));
        await Store.DeregisterAsync("a", default);

        var batch = await Store.ChangesAfterAsync(list.Revision, default);

        Assert.True(batch.IsComplete);
        Assert.Equal([(Kind.Registered, "c"), (Kind.Deregistered, "a")], batch.Changes.Select(c => (c.Kind, c.Member.Id)));
        Assert.Equal(2, batch.Members);
        Assert.Equal(batch.Changes[^1].Revision, batch.Revision.Value);
        Assert.True(list.Revision.Value < batch.Changes[0].Revision && batch.Changes[0].Revision < batch.Changes[1].Revision);
        Assert.Equal(batch.Revision, (await Store.ListAsync(default)).Revision);
    }

    [Fact]
    public async Task Nothing_has_changed_after_the_newest_position()
    {
        var empty = await Store.ChangesAfterAsync(await PositionAsync(), default);
        Assert.True(empty.IsComplete);
        Assert.Empty(empty.Changes);

        await RegisterAsync(Member("a"));
        var newest = await PositionAsync();
        var batch = await Store.ChangesAfterAsync(newest, default);
        Assert.True(batch.IsComplete);
        Assert.Empty(batch.Changes);
        Assert.Equal(newest, batch.Revision);
    }

    [Fact]
    public async Task A_position_that_is_not_in_the_history_has_no_changes_and_says_so()
    {
        await RegisterAsync(Member("a"));
        Time.Advance(TimeSpan.FromSeconds(1));
        await RegisterAsync(Member("b"));
        var newest = await PositionAsync();

        foreach (var unknown in new ulong[] { 0, 1, newest.Value - 1, newest.Value + 1, ulong.MaxValue })
        {
            var batch = await Store.ChangesAfterAsync(new Revision(unknown), default);
            Assert.False(batch.IsComplete, $"{unknown} was taken for a position of the history");
            Assert.Empty(batch.Changes);
            Assert.Equal(newest, batch.Revision);
            Assert.Equal(2, batch.Members);
        }
    }

    [Fact]
    public async Task The_history_forgets_its_oldest_positions_and_no_others()
    {
        var start = await PositionAsync();
        await RegisterAsync(Member("a"));
        var oldest = await PositionAsync();
        for (var i = 1; i < IMemberStore.History; i++)
        {
            await RegisterAsync(Member("a", port: 5001 + i));
        }

        Assert.False((await Store.ChangesAfterAsync(start, default)).IsComplete);
        var all = await ChangesAsync(oldest);
        Assert.Equal(Enumerable.Range(1, IMemberStore.History - 1).Select(i => Member("a", port: 5001 + i)), all.Select(c => c.Member));
        await RegisterAsync(Member("b"));
        Assert.False((await Store.ChangesAfterAsync(oldest, default)).IsComplete);
    }

    [Fact]
    public async Task A_full_store_takes_no_newcomer_but_goes_on_serving_its_members()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, IMemberStore.Capacity), async (i, _) => await RegisterAsync(Member($"m{i}")));

        Assert.False(await Store.RegisterAsync(Member("newcomer"), Lease, default));
        Assert.True(await Store.RegisterAsync(Member("m1", port: 6001), Lease, default));
        Assert.True(await Store.DeregisterAsync("m2", default));
        Assert.True(await Store.RegisterAsync(Member("newcomer"), Lease, default));
        Assert.Equal(IMemberStore.Capacity, (await Store.ListAsync(default)).Members.Count);
    }

    [Fact]
    public async Task Many_at_once_are_all_written_each_at_a_position_of_its_own()
    {
        var start = await PositionAsync();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => RegisterAsync(Member($"m{i}")))));

        var batch = await Store.ChangesAfterAsync(start, default);
        Assert.Equal(300, batch.Members);
        Assert.Equal(300, batch.Changes.Select(c => c.Member.Id).Distinct().Count());
        Assert.Equal(batch.Changes.Select(c => c.Revision).Distinct().Order(), batch.Changes.Select(c => c.Revision));
    }

    [Fact]
    public async Task What_is_read_is_a_copy()
    {
        await RegisterAsync(Member("a"));
        var list = await Store.ListAsync(default);
        list.Members[0].Name = "mallory";

        Assert.Equal("alice", (await Store.ListAsync(default)).Members[0].Name);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_began_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ListAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.RegisterAsync(Member("a"), Lease, cancelled));

        Assert.Empty((await Store.ListAsync(default)).Members);
    }

    private protected async Task RegisterAsync(RegisteredMember member) => Assert.True(await Store.RegisterAsync(member, Lease, default));

    private protected async Task<Revision> PositionAsync() => (await Store.ListAsync(default)).Revision;

    private protected async Task<IReadOnlyList<(Kind Kind, RegisteredMember Member)>> ChangesAsync(Revision after)
    {
        var batch = await Store.ChangesAfterAsync(after, default);
        Assert.True(batch.IsComplete);
        return [.. batch.Changes.Select(c => (c.Kind, c.Member))];
    }
}
