namespace ChittyChat.AppHost.Tests;

public sealed class RedisBackendTests
{
    [Theory]
    [InlineData("docker", "/usr/bin/redis-server", nameof(RedisKind.Container), "Redis: a container (docker).")]
    [InlineData("podman", null, nameof(RedisKind.Container), "Redis: a container (podman).")]
    [InlineData(null, "/usr/bin/redis-server", nameof(RedisKind.Local), "Redis: /usr/bin/redis-server, on a free port (no container engine answers).")]
    public void Without_a_wish_the_container_comes_first_and_then_the_local_server(string? engine, string? server, string kind, string text) =>
        Assert.Equal(new RedisBackend(Enum.Parse<RedisKind>(kind), text, IsTrouble: false), RedisBackend.Choose(null, engine, server));

    [Fact]
    public void Without_any_redis_the_system_starts_all_the_same_and_says_how_to_get_one()
    {
        var choice = RedisBackend.Choose(null, engine: null, server: null);
        Assert.Equal((RedisKind.None, true), (choice.Kind, choice.IsTrouble));
        Assert.Contains("apt-get install redis-server", choice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wish_that_can_be_fulfilled_is()
    {
        Assert.Equal(RedisKind.Container, RedisBackend.Choose(RedisKind.Container, "docker", server: null).Kind);
        Assert.Equal(RedisKind.Local, RedisBackend.Choose(RedisKind.Local, engine: null, "/usr/bin/redis-server").Kind);
        Assert.Equal(RedisKind.None, RedisBackend.Choose(RedisKind.None, engine: null, server: null).Kind);
    }

    [Theory]
    [InlineData(nameof(RedisKind.Container), "neither 'docker' nor 'podman' answers")]
    [InlineData(nameof(RedisKind.Local), "apt-get install redis-server")]
    public void A_wish_that_cannot_be_fulfilled_is_refused_with_what_is_missing(string wish, string missing)
    {
        var choice = RedisBackend.Choose(Enum.Parse<RedisKind>(wish), engine: null, server: null);
        Assert.Equal((null, true), (choice.Kind, choice.IsTrouble));
        Assert.Contains(missing, choice.Text, StringComparison.Ordinal);
    }
}
