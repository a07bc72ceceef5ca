using ChittyChat.Registry;
using ChittyChat.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddGrpcPort();
builder.AddRegistry();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGrpcService<RegistryService>();
app.Run();
