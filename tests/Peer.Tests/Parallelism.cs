// Half of these tests start peers as processes, three and more at a time: two classes of them at once would test the machine.
// Besides, the listeners of tracing and metrics hear the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
