using System.Security.Cryptography;
using ChittyChat.Peer;
using ChittyChat.Peer.Grid;
using ChittyChat.Peer.Prompt;

if (args is [GridProgram.Name, ..])
{
    return (int)await GridProgram.RunAsync(args);
}

return await PeerHost.RunAsync(args, PeerConsole.OfProcess(), new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
