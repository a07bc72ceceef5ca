namespace ChittyChat.CommandLine.Tests.Commands;

public sealed class CommandRegistryTests
{
    internal enum Mood
    {
        Calm,
        HalfAwake,
    }

    [Fact]
    public async Task A_method_with_the_attribute_is_a_command()
    {
        using var session = new Session(registry => registry.RegisterFrom(new Commands("hi")));
        Assert.Equal(["hi bob", "hi half-awake", "hi ann"], await session.Lines("/greet bob", "/mood half-awake", "/g ann"));
        var greet = session.Registry.Find("g")!;
        Assert.Equal(("greet", "people", "/greet <name>"), (greet.Name, greet.Group, greet.Usage));
        Assert.Equal(new CommandExample("/greet bob", "says hello to bob"), Assert.Single(greet.Examples));
        Assert.Contains(new CommandGroup("people", "saying hello"), session.Registry.Groups);
    }

    [Fact]
    public void A_name_can_be_taken_only_once()
    {
        var registry = new CommandRegistry();
        registry.Register("greet", "Say hello", () => "", aliases: ["g"]);
        Assert.Equal(
            "The name \"GREET\" is taken by /greet (Say hello).",
            Assert.Throws<ArgumentException>(() => registry.Register("GREET", "Again", () => "")).Message);
        Assert.Equal(
            "The name \"g\" is taken by /greet (Say hello).",
            Assert.Throws<ArgumentException>(() => registry.Register("go", "Go", () => "", aliases: ["g"])).Message);
        Assert.Null(registry.Find("go"));
    }

    [Fact]
    public void A_class_is_registered_as_a_whole_or_not_at_all()
    {
        var registry = new CommandRegistry();
        registry.Register("mood", "Taken", () => "");
        Assert.Throws<ArgumentException>(() => registry.RegisterFrom(new Commands("")));
        Assert.Null(registry.Find("greet"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two  spaces")]
    [InlineData("/slash")]
    [InlineData("-dash")]
    [InlineData("tab\there")]
    public void A_name_is_words_of_letters_digits_and_dashes(string name) =>
        Assert.Throws<ArgumentException>(() => new CommandRegistry().Register(name, "x", () => ""));

    [Fact]
    public void What_no_line_could_give_is_refused_at_registration()
    {
        var registry = new CommandRegistry();
        Assert.Equal(
            "/a: The parameter x is a Version[], which cannot be read from text: give the type IParsable<>.",
            Assert.Throws<ArgumentException>(() => registry.Register("a", "x", (Version[] x) => "")).Message);
        Assert.Equal(
            "/a: <b> must be given, so <a> before it cannot be left out.",
            Assert.Throws<ArgumentException>(() => registry.Register("a", "x", (string? a, string b) => "")).Message);
        Assert.Equal(
            "/a: Nothing can follow <a…>, but <b> does.",
            Assert.Throws<ArgumentException>(() => registry.Register("a", "x", ([RestOfLine("a", "")] string a, string b) => "")).Message);
        Assert.Equal(
            "/a: --json (or its letter) is taken; --json, --help and -h belong to every command.",
            Assert.Throws<ArgumentException>(() => registry.Register("a", "x", (bool json) => "")).Message);
        Assert.Equal(
            "/instance needs an object: Instance.M is not static.",
            Assert.Throws<ArgumentException>(() => registry.RegisterFrom(typeof(Instance))).Message);
        Assert.Equal(
            "Object has no methods with [Command] that could be called.",
            Assert.Throws<ArgumentException>(() => registry.RegisterFrom(new object())).Message);
    }

    [Fact]
    public async Task A_type_of_the_host_is_read_by_its_own_parser()
    {
        using var session = new Session(registry => registry.Register("even", "Take an even number", (EvenNumber number) => number.Value.ToString()));
        Assert.Equal(["4"], await session.Lines("/even 4"));
        Assert.Equal("<number>: \"3\" is not an even number", await session.Fails("/even 3"));
    }

    [Fact]
    public async Task Sub_commands_are_found_by_as_many_words_as_belong_to_them()
    {
        using var session = new Session(registry =>
        {
            registry.Register("net", "Show the network", (params string[] rest) => $"net {string.Join(',', rest)}");
            registry.Register("net cut", "Cut a link", (string member) => $"cut {member}");
            registry.Register("disk fill", "Fill", () => "fill");
            registry.Register("disk free", "Free", () => "free");
        });
        Assert.Equal(["net a,b", "cut bob", "fill"], await session.Lines("/net a b", "/net cut bob", "/disk  fill"));
        Assert.Equal("disk needs one of: fill, free. /help disk explains them.", await session.Fails("/disk"));
        Assert.Equal("disk has no sub-command \"fil\". Did you mean /disk fill?", await session.Fails("/disk fil"));
        Assert.Equal("disk has no sub-command \"xxxx\". /help disk lists them.", await session.Fails("/disk xxxx"));
    }

    internal sealed class Commands(string greeting)
    {
        [Command("greet", "Say hello", Aliases = ["g"])]
        [CommandGroup("people", "saying hello")]
        [Example("/greet bob", "says hello to bob")]
        public string Greet(string name) => $"{greeting} {name}";

        [Command("mood", "Say how it is")]
        public string Tell(Mood mood) => $"{greeting} {(mood == Mood.HalfAwake ? "half-awake" : "calm")}";
    }

    private sealed class Instance
    {
        [Command("instance", "Needs an object")]
        public string M() => GetHashCode().ToString();
    }

    private readonly record struct EvenNumber(int Value) : IParsable<EvenNumber>
    {
        public static EvenNumber Parse(string s, IFormatProvider? provider) => new(int.Parse(s, provider));

        public static bool TryParse(string? s, IFormatProvider? provider, out EvenNumber result)
        {
            var parsed = int.TryParse(s, out var number);
            result = new(number);
            return parsed && number % 2 == 0;
        }
    }
}
