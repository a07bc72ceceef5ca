// Makes this checkout buildable on a package feed that lacks Aspire.Hosting and the gRPC runtime.
// Called by run.sh and test.sh; does nothing where the configured feed has the packages. See eng/README.md.
//
//   dotnet run eng/PrepareFeed.cs            prepare if needed
//   dotnet run eng/PrepareFeed.cs -- local   do not ask the feed: use the local one (to test eng/ itself)

#:property PublishAot=false
#:property DeterministicSourcePaths=false

using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

const string AspireVersion = "13.5.4";

var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, ".."));
var output = Path.Combine(root, "artifacts", "eng");
var localProps = Path.Combine(output, "Local.props");
// The local feed is made anew when this file or the versions it is to serve change.
var recipe = Convert.ToHexStringLower(SHA256.HashData(
    [.. File.ReadAllBytes(ThisFile()), .. File.ReadAllBytes(Path.Combine(root, "Directory.Packages.props"))]))[..16];

try
{
    if (File.Exists(localProps) && File.ReadAllText(localProps).Contains(recipe, StringComparison.Ordinal))
    {
        return 0;
    }

    var force = args is ["local"];
    if (!force && args.Length > 0)
    {
        throw new PrepareException("unknown argument; usage: dotnet run eng/PrepareFeed.cs [-- local]");
    }

    if (!force && FeedIsComplete())
    {
        return 0;
    }

    Console.WriteLine($"The package feed lacks Aspire {AspireVersion} or the gRPC runtime: taking them from the Aspire CLI's npm package (about 150 MB, once) ...");
    var bundle = UnpackAspireCli();
    var feed = Path.Combine(output, "feed");
    if (Directory.Exists(feed))
    {
        Directory.Delete(feed, recursive: true);
    }

    Directory.CreateDirectory(feed);
    var packages = WritePackages(Path.Combine(bundle, "managed", ExecutableName("aspire-managed")), feed);
    // Written last: its presence is what switches the build over (eng/Feed.props).
    File.WriteAllText(localProps, $"""
        <Project>
          <!-- Written by eng/PrepareFeed.cs, recipe {recipe}. -->
          <PropertyGroup>
            <FeedIsPartial>true</FeedIsPartial>
            <AspireBundle>{bundle}</AspireBundle>
          </PropertyGroup>
        </Project>

        """);
    Console.WriteLine($"Local feed ready: {packages} packages in {Path.GetRelativePath(root, feed)}.");
    return 0;
}
catch (PrepareException e)
{
    Console.Error.WriteLine($"PrepareFeed: {e.Message}");
    return 1;
}

static string ThisFile([CallerFilePath] string path = "") => path;

static string ExecutableName(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

// Restores a project that names what decides. NU1101 and NU1102 mean "the feed does not have it"; anything else is
// a feed that could not be asked, and is reported instead of being taken for an answer.
bool FeedIsComplete()
{
    var probe = Directory.CreateTempSubdirectory("feed-probe-").FullName;
    try
    {
        File.WriteAllText(Path.Combine(probe, "Probe.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Aspire.Hosting.AppHost" Version="{AspireVersion}" />
                <PackageReference Include="Aspire.Hosting.Redis" Version="{AspireVersion}" />
                <PackageReference Include="Aspire.Hosting.Testing" Version="{AspireVersion}" />
                <PackageReference Include="Grpc.AspNetCore" Version="{VersionOf("Grpc.AspNetCore")}" />
                <PackageReference Include="OpenTelemetry.Extensions.Hosting" Version="{VersionOf("OpenTelemetry.Extensions.Hosting")}" />
                <PackageReference Include="StackExchange.Redis" Version="2.*" />
              </ItemGroup>
            </Project>
            """);
        var (code, text) = Run("dotnet", ["restore", "--verbosity", "quiet"], probe);
        if (code == 0)
        {
            return true;
        }

        if (text.Contains("NU1101", StringComparison.Ordinal) || text.Contains("NU1102", StringComparison.Ordinal))
        {
            return false;
        }

        throw new PrepareException($"the package feed could not be asked. 'dotnet restore' said:{Environment.NewLine}{text.Trim()}");
    }
    finally
    {
        Directory.Delete(probe, recursive: true);
    }
}

string VersionOf(string package)
{
    var props = System.Xml.Linq.XDocument.Load(Path.Combine(root, "Directory.Packages.props"));
    return props.Descendants("PackageVersion").Single(e => (string?)e.Attribute("Include") == package).Attribute("Version")!.Value;
}

string UnpackAspireCli()
{
    var platform = RuntimeInformation.RuntimeIdentifier switch
    {
        var rid when rid.StartsWith("win", StringComparison.Ordinal) => $"win-{Architecture()}",
        var rid when rid.StartsWith("osx", StringComparison.Ordinal) => $"osx-{Architecture()}",
        _ => $"linux-{Architecture()}",
    };
    var cli = Path.Combine(output, "aspire-cli");
    Directory.CreateDirectory(cli);
    // Without a package.json of its own npm would walk up and install beside somebody else's.
    File.WriteAllText(Path.Combine(cli, "package.json"), """{ "private": true }""");
    var package = $"@microsoft/aspire-cli-{platform}";
    var (code, text) = Run("npm", ["install", "--no-audit", "--no-fund", "--loglevel", "error", $"{package}@{AspireVersion}"], cli);
    if (code != 0)
    {
        throw new PrepareException($"npm could not install {package}@{AspireVersion}:{Environment.NewLine}{text.Trim()}");
    }

    var installed = Path.Combine(cli, "node_modules", "@microsoft", $"aspire-cli-{platform}");
    var bundle = Path.Combine(installed, "bundle");
    if (!Directory.Exists(bundle))
    {
        (code, text) = Run(
            Path.Combine(installed, "bin", ExecutableName("aspire")), ["setup", "--non-interactive", "--nologo"], cli,
            ("ASPIRE_HOME", Path.Combine(output, "aspire-home")), ("ASPIRE_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"));
        if (code != 0 || !Directory.Exists(bundle))
        {
            throw new PrepareException($"'aspire setup' did not unpack its bundle:{Environment.NewLine}{text.Trim()}");
        }
    }

    return bundle;
}

static string Architecture() => RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

static (int Code, string Text) Run(string file, string[] arguments, string directory, params (string Name, string Value)[] environment)
{
    var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
    // 'dotnet run' hands its own MSBuild settings down; a nested restore must not see them.
    foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
    {
        start.Environment.Remove(name);
    }

    foreach (var (name, value) in environment)
    {
        start.Environment[name] = value;
    }

    try
    {
        using var process = Process.Start(start)!;
        var text = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(text, e.Data);
        process.ErrorDataReceived += (_, e) => Append(text, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return (process.ExitCode, text.ToString());
    }
    catch (System.ComponentModel.Win32Exception)
    {
        throw new PrepareException($"'{file}' is not on the PATH; install {(file == "npm" ? "Node.js with npm (20 or later)" : file)} and try again");
    }

    static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }
}

// Takes the official assemblies out of the dashboard's single-file bundle and packs each as the package it came from.
int WritePackages(string bundleFile, string feed)
{
    var bundle = SingleFileBundle.Read(bundleFile);
    using var deps = JsonDocument.Parse(bundle.Extract(bundle.Files.Keys.Single(f => f.EndsWith(".deps.json", StringComparison.Ordinal))));
    var versions = deps.RootElement.GetProperty("libraries").EnumerateObject()
        .Select(l => l.Name.Split('/')).ToDictionary(l => l[0], l => l[1], StringComparer.OrdinalIgnoreCase);

    // Package, its dependencies, and whether it needs ASP.NET Core's shared framework (the official packages name
    // single Microsoft.Extensions packages instead; every project here has the framework).
    (string Id, string[] Dependencies, bool Framework, bool Assembly)[] packages =
    [
        ("Google.Protobuf", [], false, true),
        ("Grpc.Core.Api", [], false, true),
        ("Grpc.Net.Common", ["Grpc.Core.Api"], false, true),
        ("Grpc.Net.Client", ["Grpc.Net.Common"], true, true),
        ("Grpc.Net.ClientFactory", ["Grpc.Net.Client"], true, true),
        ("Grpc.AspNetCore.Server", ["Grpc.Net.Common"], true, true),
        ("Grpc.AspNetCore.Server.ClientFactory", ["Grpc.AspNetCore.Server", "Grpc.Net.ClientFactory"], true, true),
        ("Grpc.AspNetCore", ["Google.Protobuf", "Grpc.AspNetCore.Server.ClientFactory", "Grpc.Tools"], true, false),
        ("OpenTelemetry.Extensions.Hosting", ["OpenTelemetry"], true, true),
    ];
    versions["Grpc.AspNetCore"] = versions["Grpc.AspNetCore.Server"];
    versions["Grpc.Tools"] = VersionOf("Grpc.Tools");
    foreach (var (id, dependencies, framework, assembly) in packages)
    {
        var version = versions[id];
        using var nupkg = ZipFile.Open(Path.Combine(feed, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        Write(nupkg, $"{id}.nuspec", Encoding.UTF8.GetBytes($"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{id}</id>
                <version>{version}</version>
                <authors>the project's own; repacked from the Aspire CLI {AspireVersion}</authors>
                <description>The official assembly, repacked for builds on a partial feed.</description>
                <dependencies>
                  <group targetFramework="net10.0">
                    {string.Join(Environment.NewLine, dependencies.Select(d => $"""<dependency id="{d}" version="{versions[d]}" />"""))}
                  </group>
                </dependencies>
                {(framework ? """<frameworkReferences><group targetFramework="net10.0"><frameworkReference name="Microsoft.AspNetCore.App" /></group></frameworkReferences>""" : "")}
              </metadata>
            </package>
            """));
        Write(nupkg, assembly ? $"lib/net10.0/{id}.dll" : "lib/net10.0/_._", assembly ? bundle.Extract($"{id}.dll") : []);
    }

    return packages.Length;

    static void Write(ZipArchive nupkg, string name, byte[] content)
    {
        using var entry = nupkg.CreateEntry(name).Open();
        entry.Write(content);
    }
}

/// <summary>A .NET single-file bundle: the files appended to an apphost, found through the header its signature points to.</summary>
internal sealed class SingleFileBundle(string path, IReadOnlyDictionary<string, (long Offset, long Size)> files)
{
    // SHA-256 of ".net core bundle\n"; the header's offset is the int64 before it.
    private static readonly byte[] Signature = Convert.FromHexString("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae");

    public IReadOnlyDictionary<string, (long Offset, long Size)> Files => files;

    public static SingleFileBundle Read(string path)
    {
        var image = File.ReadAllBytes(path);
        var signature = image.AsSpan().IndexOf(Signature);
        if (signature < sizeof(long))
        {
            throw new PrepareException($"{path} is not a .NET single-file bundle");
        }

        using var reader = new BinaryReader(new MemoryStream(image));
        reader.BaseStream.Position = BitConverter.ToInt64(image, signature - sizeof(long));
        var version = (reader.ReadUInt32(), reader.ReadUInt32());
        if (version.Item1 < 6)
        {
            throw new PrepareException($"{path} has bundle version {version.Item1}.{version.Item2}; 6 or later is expected");
        }

        var count = reader.ReadInt32();
        _ = reader.ReadString();                  // bundle id
        reader.BaseStream.Position += 5 * sizeof(long); // places of deps.json and runtimeconfig.json, flags
        var files = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var (offset, size, compressed) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            _ = reader.ReadByte();                // file type
            var name = reader.ReadString();
            if (compressed != 0)
            {
                throw new PrepareException($"{name} in {path} is compressed, which this reader does not know");
            }

            files[name] = (offset, size);
        }

        return new SingleFileBundle(path, files);
    }

    public byte[] Extract(string name)
    {
        if (!Files.TryGetValue(name, out var place))
        {
            throw new PrepareException($"{name} is not in {path}");
        }

        using var file = File.OpenRead(path);
        file.Position = place.Offset;
        var content = new byte[place.Size];
        file.ReadExactly(content);
        return content;
    }
}

internal sealed class PrepareException(string message) : Exception(message);
