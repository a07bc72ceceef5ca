using ChittyChat.Membership.Wire;

namespace ChittyChat.Simulation.Tests;

/// <summary>
/// One node of each run is defective on the wire; the invariants have to find it out. Defects inside the core were planted by
/// hand: README.md tells how many seeds caught each.
/// </summary>
public sealed class PlantedDefectTests
{
    private const int Seeds = 30;

    [Fact]
    public void A_node_that_declares_others_dead_instead_of_suspecting_them_is_found_out() =>
        AssertCaught("dead, which nobody found out by a suspicion", part =>
        {
            if (part[0] == (byte)MessageType.Suspect)
            {
                part[0] = (byte)MessageType.Dead;
            }
        });

    [Fact]
    public void A_node_that_raises_the_incarnations_of_others_is_found_out() =>
        AssertCaught("ahead of the member itself", part =>
        {
            var key = part.IndexOf("Incarnation"u8);
            if (part[0] == (byte)MessageType.Alive && key > 0 && part[key + 11] < 100)
            {
                part[key + 11] += 7;
            }
        });

    private static void AssertCaught(string how, ChangePart change)
    {
        var caught = 0;
        var others = new List<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var scenario = new Scenario(seed);
            scenario.Tamper(0, packet => PacketParts.Change(packet, part => change(part)));
            try
            {
                scenario.Run();
            }
            catch (InvariantViolationException violation) when (violation.Message.Contains(how, StringComparison.Ordinal))
            {
                caught++;
            }
            catch (InvariantViolationException violation)
            {
                others.Add(violation.Message.Split('\n')[0]);
            }
        }

        Assert.True(caught > Seeds / 2, $"Only {caught} of {Seeds} seeds found it out. {string.Join('\n', others)}");
    }

    private delegate void ChangePart(Span<byte> part);
}
