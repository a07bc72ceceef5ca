using System.Security.Cryptography;
using ChittyChat.Peer;
using ChittyChat.Peer.Prompt;

return await PeerHost.RunAsync(args, PeerConsole.OfProcess(), new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
