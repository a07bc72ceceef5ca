using ChittyChat.Dashboard;
using ChittyChat.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDashboard();
var app = builder.Build();
app.MapDefaultEndpoints();
app.MapDashboard();
await app.RunAsync();
