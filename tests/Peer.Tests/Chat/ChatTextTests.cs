using System.Text;
using ChittyChat.Peer.Chat;

namespace ChittyChat.Peer.Tests.Chat;

public sealed class ChatTextTests
{
    private const string TooLong = "The text has 129 characters; at most 128 are allowed (counted as Unicode scalar values).";
    private const string Malformed = "The text is not well-formed UTF-8.";

    public static TheoryData<string, string?> Texts => new()
    {
        { "a", null },
        { new string('a', 128), null },
        { new string('a', 129), TooLong },
        { Repeat("😀", 128), null },
        { Repeat("😀", 129), TooLong },
        { Repeat("æ", 128), null },
        { Repeat("æ", 129), TooLong },
        // A family of four is seven scalar values, an e with a separate accent is two.
        { Repeat("👨‍👩‍👧‍👦", 18) + "ab", null },
        { Repeat("👨‍👩‍👧‍👦", 18) + "abc", TooLong },
        { Repeat("e\u0301", 64), null },
        { "", "The text is empty; 1 to 128 characters are allowed." },
        { "\0", null },
        { " ", null },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_is_1_to_128_scalar_values_of_well_formed_unicode(string text, string? refusal)
    {
        var taken = ChatText.TryEncode(text, out var utf8, out var why);

        Assert.Equal((refusal is null, refusal), (taken, why));
        if (taken)
        {
            Assert.Equal(Encoding.UTF8.GetBytes(text), utf8);
            Assert.Null(ChatText.RefusalOf(utf8));
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        foreach (var text in new[] { "a\uD800", "\uDC00a", "\uD83D\uD83D\uDE00" })
        {
            Assert.Equal((false, Malformed), (ChatText.TryEncode(text, out _, out var why), why));
        }
    }

    [Theory]
    [InlineData("C0AF", Malformed)]
    [InlineData("EDA080", Malformed)]
    [InlineData("F4908080", Malformed)]
    [InlineData("61C3", Malformed)]
    [InlineData("80", Malformed)]
    [InlineData("F09F9880", null)]
    [InlineData("", "The text is empty; 1 to 128 characters are allowed.")]
    public void Bytes_from_another_peer_obey_the_same_rule(string hex, string? refusal) =>
        Assert.Equal(refusal, ChatText.RefusalOf(Convert.FromHexString(hex)));

    [Fact]
    public void Bytes_are_counted_in_scalar_values_too()
    {
        Assert.Null(ChatText.RefusalOf(Encoding.UTF8.GetBytes(Repeat("😀", 128))));
        Assert.Equal(TooLong, ChatText.RefusalOf(Encoding.UTF8.GetBytes(Repeat("😀", 129))));
    }

    [Fact]
    public void The_two_sentences_are_as_the_requirements_have_them()
    {
        Assert.Equal("Participant bob joined Chitty-Chat at Lamport time 7", Encoding.UTF8.GetString(ChatText.Announcement(EventKind.Joined, "bob", 7)));
        Assert.Equal("Participant bob left Chitty-Chat at Lamport time 8", Encoding.UTF8.GetString(ChatText.Announcement(EventKind.Left, "bob", 8)));
    }

    [Theory]
    [InlineData("peer-1", true)]
    [InlineData("A.b_c-9", true)]
    [InlineData("12345678901234567890123456789012", true)]
    [InlineData("123456789012345678901234567890123", false)]
    [InlineData("", false)]
    [InlineData("two words", false)]
    [InlineData("søren", false)]
    [InlineData("a\n", false)]
    public void A_name_is_1_to_32_letters_digits_dashes_underscores_and_dots(string name, bool valid) =>
        Assert.Equal(valid, ParticipantName.RefusalOf(name) is null);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
