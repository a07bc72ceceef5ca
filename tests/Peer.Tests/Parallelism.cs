// Half of these tests start peers as processes, three and more at a time: two classes of them at once would test the machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
