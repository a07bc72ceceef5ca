// Most of the time these tests wait.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
