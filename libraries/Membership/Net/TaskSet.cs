namespace ChittyChat.Membership.Net;

/// <summary>Background tasks that somebody has to wait for at the end.</summary>
internal sealed class TaskSet
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _tasks = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _tasks.Count;
            }
        }
    }

    /// <summary>Runs <paramref name="work"/>, which must not fail.</summary>
    public void Run(Func<Task> work)
    {
        lock (_gate)
        {
            var task = Task.Run(work);
            _tasks.Add(task);
            _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public Task WhenAllAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_tasks);
        }
    }

    private void Remove(Task task)
    {
        lock (_gate)
        {
            _tasks.Remove(task);
        }
    }
}
