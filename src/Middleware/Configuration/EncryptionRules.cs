namespace HybridSession.Middleware;

/// <summary>The rules of <see cref="EncryptionOptions"/>. Pure.</summary>
internal static class EncryptionRules
{
    /// <param name="options">The settings.</param>
    /// <param name="isInUse"><c>UsePayloadEncryption</c> was called.</param>
    /// <param name="problems">Takes one sentence for each thing that is wrong.</param>
    public static void Check(EncryptionOptions options, bool isInUse, List<string> problems)
    {
        if (options.Enabled && !isInUse)
            problems.Add("Encryption:Enabled is true, but nothing here encrypts: sessions would be stored as they are. Call AddHybridSession(...).UsePayloadEncryption(), which adds ASP.NET Core Data Protection, or set it to false.");
        if (!options.AcceptPlain && !options.Enabled)
            problems.Add("Encryption:AcceptPlain is false, but sessions are stored without encryption (Encryption:Enabled is false): none could be read again. Set it to true, or encrypt.");
    }
}
