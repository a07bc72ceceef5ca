using ChittyChat.BootstrapApi;
using ChittyChat.TestSupport;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap.Tests;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("Bootstrap:Store=oracle", "Bootstrap__Store is 'oracle'; memory, file or redis is expected.")]
    [InlineData("Bootstrap:Store=redis", "Bootstrap__Store is redis, but ConnectionStrings__redis is not set; localhost:6379,password=… is expected.")]
    [InlineData("ConnectionStrings:redis=localhost:1,bogus=secret", "ConnectionStrings__redis cannot be read (ArgumentException); localhost:6379,password=… is expected.")]
    [InlineData("ConnectionStrings:redis=password=secret", "ConnectionStrings__redis names no server; localhost:6379,password=… is expected.")]
    [InlineData("Bootstrap:MaxPeers=0", "Bootstrap__MaxPeers is 0; 1 to 1000 is expected.")]
    [InlineData("Bootstrap:MinRefillCandidates=-1", "Bootstrap__MinRefillCandidates is -1; 0 to 1000000 is expected.")]
    [InlineData("Bootstrap:LeaseSeconds=3601", "Bootstrap__LeaseSeconds is 3601; 1 to 3600 is expected.")]
    [InlineData("Bootstrap:MaxClaimedUptime=31.00:00:00", "Bootstrap__MaxClaimedUptime is 31.00:00:00; 00:00:00 to 30.00:00:00 is expected.")]
    [InlineData("Bootstrap:AdminToken=short", "Bootstrap__AdminToken is no token: 16 to 128 visible ASCII characters are expected.")]
    public void A_wrong_setting_stops_the_start_and_is_named(string setting, string expected)
    {
        var e = Assert.Throws<OptionsValidationException>(() => BootstrapApp.Create(["--" + setting]));

        Assert.Equal([expected], e.Failures);
    }

    [Fact]
    public void An_empty_path_of_the_file_stops_the_start()
    {
        var e = Assert.Throws<OptionsValidationException>(() => BootstrapApp.Create(["--Bootstrap:Store=file", "--Bootstrap:FilePath= "]));

        Assert.Equal(["Bootstrap__FilePath is empty; the path of a file is expected."], e.Failures);
    }

    [Fact]
    public async Task Without_settings_the_list_is_in_memory_with_the_documented_rules()
    {
        await using var service = await RunningBootstrap.StartAsync();

        Assert.Equal("memory", (await service.Client.PingAsync()).Store);
        Assert.Equal(new BootstrapConfig { MaxPeers = 3, MinRefillCandidates = 2, LeaseSeconds = 30 }, await service.Client.GetConfigAsync());
    }

    [Fact]
    public void With_a_connection_string_and_no_other_choice_the_list_is_in_redis()
    {
        Assert.Equal("redis", new BootstrapOptions { RedisConnectionString = "localhost:1" }.EffectiveStore);
        Assert.Equal("file", new BootstrapOptions { RedisConnectionString = "localhost:1", Store = "file" }.EffectiveStore);
        Assert.Equal("memory", new BootstrapOptions().EffectiveStore);
    }

    [Fact]
    public async Task The_settings_are_the_rules_of_a_new_list_only()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("chittychat-bootstrap-").FullName, "bootstrap.json");
        var rules = new BootstrapConfig { MaxPeers = 5, MinRefillCandidates = 4, LeaseSeconds = 60 };
        string[] file = ["Bootstrap:Store=file", $"Bootstrap:FilePath={path}"];
        await using (var first = await RunningBootstrap.StartAsync([.. file, "Bootstrap:MaxPeers=7"]))
        {
            Assert.Equal(7, (await first.Client.GetConfigAsync()).MaxPeers);
            await first.Client.PutConfigAsync(rules, RunningBootstrap.AdminToken);
        }

        await using (var second = await RunningBootstrap.StartAsync([.. file, "Bootstrap:MaxPeers=9"]))
        {
            Assert.Equal(rules, await second.Client.GetConfigAsync());
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
