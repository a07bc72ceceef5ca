using System.Text;
using ChittyChat.Peer.Grid;
using ChittyChat.TestSupport;

namespace ChittyChat.Grid.Tests.Core;

/// <summary>A core in the hands of a test: the test owns the clock, and plays everybody else.</summary>
internal sealed class CoreStage
{
    private readonly ManualTimeProvider _time = new();
    private readonly long _start;
    private bool _isFrozen;

    public CoreStage(int id, int size)
    {
        Core = new GridCore(id, size);
        _start = _time.GetTimestamp();
        _time.CreateTimer(_ => Act(() => Core.Tick()), null, TimeSpan.Zero, GridRules.Tick);
    }

    public GridCore Core { get; }

    /// <summary>What was sent since <see cref="TakeSent"/>, by link.</summary>
    public List<(GridLink Link, string Text)> Sent { get; } = [];

    public List<int> Dialled { get; } = [];

    public List<GridLink> Closed { get; } = [];

    public string Alive => string.Join(',', Core.Alive());

    public string Log => string.Join(',', Core.Log.Select(message => Encoding.UTF8.GetString(message.Text.Span)));

    public void Pass(TimeSpan time) => _time.Advance(time);

    public void Pass(int milliseconds) => Pass(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>This process does not run for a time: its clock goes on, its ticks do not come.</summary>
    public void Stand(TimeSpan time)
    {
        _isFrozen = true;
        _time.Advance(time);
        _isFrozen = false;
    }

    public GridLink Accept(params string[] lines) => Open(null, lines);

    public GridLink Connect(int peer, params string[] lines) => Open(peer, lines);

    public void Refuse(int peer) => Act(() => Core.DialFailed(peer));

    public void Receive(GridLink link, params string[] lines)
    {
        foreach (var line in lines)
        {
            Act(() => Core.Received(link, Encoding.UTF8.GetBytes(line)));
        }
    }

    public void End(GridLink link) => Act(() => Core.Ended(link, "the test ends it"));

    public void Overflow(GridLink link) => Act(() => Core.Overflowed(link));

    public void Broadcast(string text) => Act(() => Core.Broadcast(Encoding.UTF8.GetBytes(text)));

    /// <summary>What was sent to a link since the last call.</summary>
    public string TakeSent(GridLink link)
    {
        var sent = string.Concat(Sent.Where(item => item.Link == link).Select(item => item.Text));
        Sent.RemoveAll(item => item.Link == link);
        return sent;
    }

    private GridLink Open(int? dialled, string[] lines)
    {
        GridLink link = null!;
        Act(() => link = Core.Opened(dialled));
        Receive(link, lines);
        return link;
    }

    private void Act(Action input)
    {
        if (_isFrozen)
        {
            return;
        }

        // The clock's odd frequency makes a little less of whole milliseconds.
        Core.Advance(TimeSpan.FromMilliseconds(Math.Round(_time.GetElapsedTime(_start).TotalMilliseconds)));
        input();
        foreach (var action in Core.Actions)
        {
            switch (action)
            {
                case GridAction.Send(var link, var bytes):
                    Sent.Add((link, Encoding.UTF8.GetString(bytes)));
                    break;
                case GridAction.Dial(var peer):
                    Dialled.Add(peer);
                    break;
                case GridAction.Close(var link):
                    Closed.Add(link);
                    break;
            }
        }

        Core.Actions.Clear();
    }
}
