using ChittyChat.BootstrapApi;

namespace ChittyChat.Bootstrap.Tests;

public sealed class RequestRulesTests
{
    [Theory]
    [InlineData("127.0.0.1:7946")]
    [InlineData("[::1]:1")]
    [InlineData("[fe80::1]:65535")]
    [InlineData("peer-1.example:7946")]
    [InlineData("localhost:80")]
    public void An_address_is_host_and_port(string address) => Assert.Empty(CheckAddress(address));

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData(":7946")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1: 80")]
    [InlineData("127.0.0.1:+80")]
    [InlineData("::1:7946")]
    [InlineData("two words:7946")]
    [InlineData("http://peer:7946")]
    [InlineData("[peer]:7946")]
    public void Anything_else_is_not(string address) => Assert.Equal(["address"], CheckAddress(address));

    [Fact]
    public void A_host_may_be_as_long_as_names_get()
    {
        var label = new string('a', 60);
        Assert.Empty(CheckAddress($"{label}.{label}.{label}.{label}:1"));
        Assert.Equal(["address"], CheckAddress($"{label}.{label}.{label}.{label}.{label}:1"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("Ab.9_-")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void An_id_is_of_the_characters_that_paths_take(string id) => Assert.Empty(CheckPeer(id, "name"));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("å")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void Any_other_id_is_refused(string id) => Assert.Equal(["id"], CheckPeer(id, "name"));

    [Fact]
    public void A_name_is_counted_in_unicode_scalar_values()
    {
        Assert.Empty(CheckPeer("a", string.Concat(Enumerable.Repeat("😀", 128))));
        Assert.Equal(["name"], CheckPeer("a", new string('n', 129)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("line\nbreak")]
    [InlineData("escape\u001b[2J")]
    public void A_name_that_cannot_be_shown_is_refused(string name) => Assert.Equal(["name"], CheckPeer("a", name));

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_uptime_is_a_number_of_seconds(double uptime) => Assert.Equal(
        ["uptimeSeconds"], RequestRules.Check("a", new JoinRequest { Name = "n", Address = "a:1", UptimeSeconds = uptime }).Keys);

    [Theory]
    [InlineData(1, 0, 1, "")]
    [InlineData(1000, 1_000_000, 3600, "")]
    [InlineData(0, 0, 1, "maxPeers is 0; 1 to 1000 is expected.")]
    [InlineData(1001, 0, 1, "maxPeers is 1001; 1 to 1000 is expected.")]
    [InlineData(1, -1, 1, "minRefillCandidates is -1; 0 to 1000000 is expected.")]
    [InlineData(1, 1_000_001, 1, "minRefillCandidates is 1000001; 0 to 1000000 is expected.")]
    [InlineData(1, 0, 0, "leaseSeconds is 0; 1 to 3600 is expected.")]
    [InlineData(1, 0, 3601, "leaseSeconds is 3601; 1 to 3600 is expected.")]
    public void The_rules_have_ranges(int maxPeers, int minRefillCandidates, int leaseSeconds, string expected) => Assert.Equal(
        expected,
        string.Join(' ', RequestRules.Check(new BootstrapConfig { MaxPeers = maxPeers, MinRefillCandidates = minRefillCandidates, LeaseSeconds = leaseSeconds })
            .SelectMany(error => error.Value)));

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789 abcdef", false)]
    [InlineData("0123456789abcdeå", false)]
    public void A_token_is_visible_ascii_of_16_or_more(string token, bool expected) => Assert.Equal(expected, RequestRules.IsToken(token));

    [Fact]
    public void A_token_has_at_most_128_characters()
    {
        Assert.True(RequestRules.IsToken(new string('t', 128)));
        Assert.False(RequestRules.IsToken(new string('t', 129)));
        Assert.True(RequestRules.IsToken(ContactToken.Create()));
        Assert.NotEqual(ContactToken.Create(), ContactToken.Create());
    }

    private static string[] CheckAddress(string address) => [.. RequestRules.Check("a", new JoinRequest { Name = "n", Address = address }).Keys];

    private static string[] CheckPeer(string id, string name) => [.. RequestRules.Check(id, new JoinRequest { Name = name, Address = "a:1" }).Keys];
}
