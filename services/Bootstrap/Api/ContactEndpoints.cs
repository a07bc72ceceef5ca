using System.Diagnostics;
using System.Reflection;
using ChittyChat.BootstrapApi;
using Microsoft.Extensions.Options;

namespace ChittyChat.Bootstrap;

/// <summary>The HTTP interface of the list.</summary>
internal static class ContactEndpoints
{
    private static readonly string Version = typeof(ContactEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public static void MapContacts(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1").WithTags("Contacts");
        v1.MapGet("/ping", Ping).WithSummary("Is the service there?").WithDescription("Does not touch the store; /health does.");
        v1.MapGet("/contacts", ListAsync).WithSummary("List the contacts, oldest first").Produces<ContactList>().Answers(503);
        v1.MapPut("/contacts/{id}", JoinAsync).WithSummary("Join: put a contact on the list if there is room")
            .WithDescription("The token that comes with the call becomes the contact's; without one the service makes it. A full list is no error: stored is false.")
            .Produces<JoinResponse>().Answers(400, 409, 503);
        v1.MapPost("/contacts/{id}/renew", RenewAsync).WithSummary("Renew a contact's lease").Produces<RenewResponse>().Answers(401, 403, 404, 503);
        v1.MapDelete("/contacts/{id}", LeaveAsync).WithSummary("Leave: take a contact off the list")
            .WithDescription("Needs the contact's token or the administrator's.").Produces<ContactList>().Answers(401, 403, 404, 503);
        v1.MapPost("/refill", RefillAsync).WithSummary("Refill: offer a contact for a free place, or for that of a newer one")
            .Produces<RefillResponse>().Answers(400, 409, 503);
        v1.MapDelete("/contacts", ResetAsync).WithSummary("Reset: take all contacts off the list; the rules stay")
            .WithDescription("Needs the administrator's token.").Produces<ContactList>().Answers(401, 403, 503);
        v1.MapGet("/config", GetConfigAsync).WithSummary("The rules in force").Produces<BootstrapConfig>().Answers(503);
        v1.MapPut("/config", PutConfigAsync).WithSummary("Set the rules; a list that is too long loses its newest contacts")
            .WithDescription("Needs the administrator's token.").Produces<ConfigResponse>().Answers(400, 401, 403, 503);
    }

    private static PingResponse Ping(IContactStore store, EntryPointList list) =>
        new() { Service = "chittychat-bootstrap", Version = Version, Store = store.Kind, ServerTime = list.Now };

    private static async Task<IResult> ListAsync(EntryPointList list, CancellationToken cancellationToken) =>
        TypedResults.Ok(Describe(await list.ReadAsync(cancellationToken), list));

    private static async Task<IResult> JoinAsync(
        string id, JoinRequest request, CallerToken caller, EntryPointList list, IOptions<BootstrapOptions> options, CancellationToken cancellationToken)
    {
        var errors = RequestRules.Check(id, request);
        CheckOwnToken(caller, errors);
        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        var token = caller.Value ?? ContactToken.Create();
        var candidate = new Candidate(id, request.Name, request.Address, Believed(request.UptimeSeconds, options), TokenHash.Of(token));
        var change = await list.JoinAsync(candidate, cancellationToken);
        if (change.Verdict is Verdict.WrongToken)
        {
            return Problems.IdTaken(id);
        }

        var stored = change.Contact is not null;
        return TypedResults.Ok(new JoinResponse { Stored = stored, Token = stored ? token : null, List = Describe(change, list) });
    }

    private static async Task<IResult> RefillAsync(
        RefillRequest request, CallerToken caller, EntryPointList list, IOptions<BootstrapOptions> options, CancellationToken cancellationToken)
    {
        var errors = RequestRules.Check(request);
        CheckOwnToken(caller, errors);
        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        var token = caller.Value ?? ContactToken.Create();
        var candidate = new Candidate(request.Id, request.Name, request.Address, Believed(request.UptimeSeconds, options), TokenHash.Of(token));
        var change = await list.RefillAsync(candidate, request.Members, cancellationToken);
        if (change.Verdict is Verdict.WrongToken)
        {
            return Problems.IdTaken(request.Id);
        }

        return TypedResults.Ok(new RefillResponse
        {
            Outcome = ToOutcome(change.Verdict),
            EvictedId = change.Removed.FirstOrDefault()?.Id,
            Token = change.Contact is null ? null : token,
            List = Describe(change, list),
        });
    }

    private static async Task<IResult> RenewAsync(string id, CallerToken caller, HttpResponse response, EntryPointList list, CancellationToken cancellationToken)
    {
        if (caller.Value is null)
        {
            return Problems.TokenMissing(response);
        }

        var change = await list.RenewAsync(id, TokenHash.Of(caller.Value), cancellationToken);
        return Refuse(id, change) ?? TypedResults.Ok(new RenewResponse { Contact = change.Contact!.ToContact(), List = Describe(change, list) });
    }

    private static async Task<IResult> LeaveAsync(string id, CallerToken caller, HttpResponse response, EntryPointList list, CancellationToken cancellationToken)
    {
        if (caller.Value is null)
        {
            return Problems.TokenMissing(response);
        }

        var change = await list.LeaveAsync(id, caller.IsAdmin ? null : TokenHash.Of(caller.Value), cancellationToken);
        return Refuse(id, change) ?? TypedResults.Ok(Describe(change, list));
    }

    private static async Task<IResult> ResetAsync(CallerToken caller, HttpResponse response, EntryPointList list, CancellationToken cancellationToken) =>
        caller.RefuseUnlessAdmin(response) ?? TypedResults.Ok(Describe(await list.ResetAsync(cancellationToken), list));

    private static async Task<IResult> GetConfigAsync(EntryPointList list, CancellationToken cancellationToken) =>
        TypedResults.Ok((await list.ReadAsync(cancellationToken)).Book.Config);

    private static async Task<IResult> PutConfigAsync(
        BootstrapConfig config, CallerToken caller, HttpResponse response, EntryPointList list, CancellationToken cancellationToken)
    {
        if (caller.RefuseUnlessAdmin(response) is { } refusal)
        {
            return refusal;
        }

        var errors = RequestRules.Check(config);
        if (errors.Count > 0)
        {
            return Problems.Invalid(errors);
        }

        var change = await list.ConfigureAsync(config, cancellationToken);
        return TypedResults.Ok(new ConfigResponse { EvictedIds = [.. change.Removed.Select(c => c.Id)], List = Describe(change, list) });
    }

    private static ContactList Describe(Change change, EntryPointList list) => new()
    {
        Contacts = [.. change.Book.Contacts.Select(c => c.ToContact())],
        Config = change.Book.Config,
        ServerTime = list.Now,
    };

    private static IResult? Refuse(string id, Change change) => change.Verdict switch
    {
        Verdict.NotListed => Problems.NotListed(id),
        Verdict.WrongToken => Problems.ContactTokenWrong(id),
        _ => null,
    };

    private static RefillOutcome ToOutcome(Verdict verdict) => verdict switch
    {
        Verdict.Added => RefillOutcome.Added,
        Verdict.Renewed => RefillOutcome.Renewed,
        Verdict.Replaced => RefillOutcome.Replaced,
        Verdict.NotOlder => RefillOutcome.NotOlder,
        Verdict.TooFewMembers => RefillOutcome.TooFewMembers,
        _ => throw new UnreachableException($"{verdict} is no outcome of a refill."),
    };

    private static void CheckOwnToken(CallerToken caller, Dictionary<string, string[]> errors)
    {
        if (caller.IsMalformed)
        {
            errors["Authorization"] = [$"'Bearer' and a token are expected. {RequestRules.TokenRule}"];
        }
    }

    private static TimeSpan Believed(double uptimeSeconds, IOptions<BootstrapOptions> options)
    {
        var limit = options.Value.MaxClaimedUptime;
        return uptimeSeconds < limit.TotalSeconds ? TimeSpan.FromMilliseconds(Math.Floor(uptimeSeconds * 1000)) : limit;
    }

    private static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.ProducesProblem(status);
        }

        return route;
    }
}
