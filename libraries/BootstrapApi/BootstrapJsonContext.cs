using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChittyChat.BootstrapApi;

/// <summary>How the types of this interface are written as JSON, on both sides: camelCase, nothing required may be missing or null.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContactList))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(RefillRequest))]
[JsonSerializable(typeof(PingResponse))]
[JsonSerializable(typeof(JoinResponse))]
[JsonSerializable(typeof(RenewResponse))]
[JsonSerializable(typeof(RefillResponse))]
[JsonSerializable(typeof(ConfigResponse))]
public sealed partial class BootstrapJsonContext : JsonSerializerContext;
