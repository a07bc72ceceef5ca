using ChittyChat.Registry.Store;

namespace ChittyChat.Registry.Tests.Store;

public sealed class MemoryMemberStoreTests : MemberStoreContract
{
    public MemoryMemberStoreTests() => Store = new MemoryMemberStore(Time);

    private protected override IMemberStore Store { get; }
}
