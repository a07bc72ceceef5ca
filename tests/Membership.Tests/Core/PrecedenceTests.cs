using CsCheck;

namespace ChittyChat.Membership.Tests.Core;

/// <summary>
/// The laws of the state table, for all sets of statements that honest members can make: whoever is accused in an incarnation
/// has announced it.
/// </summary>
public sealed class PrecedenceTests
{
    private static readonly Gen<Statement> OneStatement =
        Gen.Select(Gen.Int[0, 2], Gen.UInt[1, 5], Gen.Int[0, 3], (kind, incarnation, from) => new Statement((Kind)kind, incarnation, from));

    private static readonly Gen<Statement[]> Honest =
        OneStatement.Array[1, 12].Select(all => all.Concat(all.Select(s => new Statement(Kind.Alive, s.Incarnation, 0))).Distinct().ToArray());

    private static readonly Gen<(Statement[] Statements, int Order)> Shuffled = Gen.Select(Honest, Gen.Int[0, int.MaxValue - 1]);

    private enum Kind
    {
        Alive,
        Suspect,
        Gone,
    }

    [Fact]
    public void Whatever_the_order_the_worst_word_about_the_latest_incarnation_holds()
    {
        var differed = 0;
        var gone = 0;
        Shuffled.Sample(
            drawn =>
            {
                var forward = Hear(drawn.Statements);
                var shuffled = drawn.Statements.ToArray();
                new Random(drawn.Order).Shuffle(shuffled);
                var other = Hear(shuffled);
                differed += View(forward) != View(other) ? 1 : 0;

                // Gossip repeats itself, and so does push/pull: what counts is where that ends.
                Repeat(forward, drawn.Statements);
                Repeat(other, shuffled);

                var last = drawn.Statements.MaxBy(s => (s.Incarnation, s.Kind))!;
                gone += last.Kind == Kind.Gone ? 1 : 0;
                Assert.Equal($"{last.Kind} {last.Incarnation}", View(forward));
                Assert.Equal($"{last.Kind} {last.Incarnation}", View(other));
            },
            iter: 3000,
            threads: 1);
        Assert.True(differed > 50, $"Only {differed} times did the order matter at first.");
        Assert.True(gone > 300, $"Only {gone} times was the member gone.");
    }

    [Fact]
    public void Hearing_something_again_changes_nothing()
    {
        Shuffled.Sample(
            drawn =>
            {
                var fixture = Start();
                foreach (var statement in drawn.Statements)
                {
                    Say(fixture, statement);
                    var (events, queued, view) = (fixture.Events.Count, fixture.Core.QueuedBroadcasts, fixture.Core.Find("x"));
                    Say(fixture, statement);
                    Assert.Equal((events, queued, view), (fixture.Events.Count, fixture.Core.QueuedBroadcasts, fixture.Core.Find("x")));
                }
            },
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public void Only_a_later_incarnation_brings_anybody_back()
    {
        var back = 0;
        var kept = 0;
        OneStatement.Array[1, 30].Sample(
            statements =>
            {
                var fixture = Start();
                foreach (var statement in statements)
                {
                    var before = fixture.Core.Find("x")!;
                    Say(fixture, statement);
                    var after = fixture.Core.Find("x")!;
                    Assert.True(after.Incarnation >= before.Incarnation);
                    if (!before.IsRunning)
                    {
                        kept += after.IsRunning ? 0 : 1;
                        back += after.IsRunning ? 1 : 0;
                        Assert.True(!after.IsRunning || after.Incarnation > before.Incarnation, $"{before} became {after}");
                    }
                    else if (before.State == MemberState.Suspect && after.State == MemberState.Alive)
                    {
                        Assert.True(after.Incarnation > before.Incarnation, $"{before} became {after}");
                    }
                }
            },
            iter: 2000,
            threads: 1);
        Assert.True(back > 300 && kept > 1000, $"{back} came back, {kept} did not.");
    }

    private static CoreFixture Start()
    {
        // Large enough that suspicions can be confirmed; no probes, as nobody would answer.
        var fixture = new CoreFixture(o => o.ProbeInterval = TimeSpan.FromHours(1));
        for (var i = 0; i < 5; i++)
        {
            fixture.Alive($"other{i}", 1, 7100 + i);
        }

        fixture.Alive("x", 1);
        return fixture;
    }

    private static CoreFixture Hear(IEnumerable<Statement> statements)
    {
        var fixture = Start();
        foreach (var statement in statements)
        {
            Say(fixture, statement);
        }

        return fixture;
    }

    private static void Repeat(CoreFixture fixture, Statement[] statements)
    {
        for (var before = ""; before != View(fixture);)
        {
            before = View(fixture);
            foreach (var statement in statements)
            {
                Say(fixture, statement);
            }
        }
    }

    private static void Say(CoreFixture fixture, Statement statement)
    {
        switch (statement.Kind)
        {
            case Kind.Alive:
                fixture.Alive("x", statement.Incarnation);
                break;
            case Kind.Suspect:
                fixture.Suspect("x", statement.Incarnation, $"other{statement.From}");
                break;
            default:
                fixture.Dead("x", statement.Incarnation, statement.From == 0 ? "x" : $"other{statement.From}");
                break;
        }
    }

    // Dead and left are one here: of the two, the first to come holds.
    private static string View(CoreFixture fixture)
    {
        var member = fixture.Core.Find("x")!;
        return $"{(member.IsRunning ? member.State.ToString() : nameof(Kind.Gone))} {member.Incarnation}";
    }

    private sealed record Statement(Kind Kind, uint Incarnation, int From);
}
