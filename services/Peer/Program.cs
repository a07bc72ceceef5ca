using System.Security.Cryptography;
using ChittyChat.Peer;
using ChittyChat.Peer.Attach;
using ChittyChat.Peer.Grid;
using ChittyChat.Peer.Prompt;

if (args is [GridProgram.Name, ..])
{
    return (int)await GridProgram.RunAsync(args);
}

var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
if (args is [AttachProgram.Name, .. var rest])
{
    return await AttachProgram.RunAsync(rest, PeerConsole.OfProcess(), random, TimeProvider.System);
}

return await PeerHost.RunAsync(args, PeerConsole.OfProcess(), random);
