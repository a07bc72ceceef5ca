namespace ChittyChat.BootstrapApi;

/// <summary>The <c>type</c> of the problem details (RFC 9457) that the service answers, so that callers need not read texts.</summary>
public static class BootstrapProblem
{
    /// <summary>400: the request is not what is expected; <c>detail</c> or <c>errors</c> say what is wrong.</summary>
    public const string InvalidRequest = "urn:chittychat:bootstrap:invalid-request";

    /// <summary>401: the call needs a token and none came.</summary>
    public const string TokenMissing = "urn:chittychat:bootstrap:token-missing";

    /// <summary>403: the token is not the one that this call needs.</summary>
    public const string TokenWrong = "urn:chittychat:bootstrap:token-wrong";

    /// <summary>403: the call needs the administrator's token, and the service has none configured.</summary>
    public const string AdminTokenNotConfigured = "urn:chittychat:bootstrap:admin-token-not-configured";

    /// <summary>404: no contact with this id is on the list.</summary>
    public const string NotListed = "urn:chittychat:bootstrap:not-listed";

    /// <summary>409: another peer, with another token, has this id on the list.</summary>
    public const string IdTaken = "urn:chittychat:bootstrap:id-taken";

    /// <summary>503: the service cannot read or write its store.</summary>
    public const string StoreUnavailable = "urn:chittychat:bootstrap:store-unavailable";
}
