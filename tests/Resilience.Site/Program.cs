using System.Text.Json;
using HybridSession.Resilience.Site;

// The first line says where the site listens; the last one what its meter said when it had stopped.
var output = TextWriter.Synchronized(Console.Out);
await using var site = await SiteHost.StartAsync(args, output.WriteLine);
output.WriteLine(SiteLines.Listening + site.Address);
await site.WaitForShutdownAsync();
output.WriteLine(SiteLines.Ended + JsonSerializer.Serialize(site.Stats));
