namespace ChittyChat.Simulation;

/// <summary>A fingerprint of all that happened in a run (64-bit FNV-1a): equal runs have equal ones.</summary>
internal sealed class TraceHash
{
    private const ulong Prime = 1_099_511_628_211;

    public ulong Value { get; private set; } = 14_695_981_039_346_656_037;

    public void Add(long number)
    {
        Value = (Value ^ (ulong)number) * Prime;
        Value ^= Value >> 29;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var value = Value;
        foreach (var one in bytes)
        {
            value = (value ^ one) * Prime;
        }

        Value = value;
    }

    public void Add(string text)
    {
        foreach (var letter in text)
        {
            Add(letter);
        }
    }
}
