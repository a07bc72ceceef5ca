using System.Globalization;

namespace ChittyChat.Peer.Options;

/// <summary>Names for those who did not choose one.</summary>
internal static class RandomName
{
    private static readonly string[] Adjectives =
    [
        "brave", "bright", "calm", "clever", "cosy", "eager", "early", "fair", "gentle", "glad", "golden", "happy", "jolly", "keen", "kind", "lively",
        "lucky", "merry", "mild", "neat", "noble", "proud", "quick", "quiet", "rapid", "silver", "smart", "sunny", "swift", "tidy", "warm", "witty",
    ];

    private static readonly string[] Animals =
    [
        "badger", "bear", "beaver", "crane", "deer", "dolphin", "eagle", "falcon", "finch", "fox", "hare", "hedgehog", "heron", "ibex", "jay", "lark",
        "lynx", "marten", "mole", "moose", "newt", "otter", "owl", "puffin", "raven", "robin", "seal", "stork", "swan", "tern", "whale", "wren",
    ];

    public static string Draw(Random random) => string.Create(
        CultureInfo.InvariantCulture, $"{Adjectives[random.Next(Adjectives.Length)]}-{Animals[random.Next(Animals.Length)]}-{random.Next(10, 100)}");
}
