namespace Storefront;

/// <summary>Who is at the counter, and what to tell them once.</summary>
internal sealed class Visitor(ISession session)
{
    public const int MaxNameLength = 40;

    private const string NameKey = "visitor.name";
    private const string MessageKey = "visitor.message";

    public string? Name
    {
        get => session.GetString(NameKey);
        set => session.SetString(NameKey, value ?? "");
    }

    /// <summary>Shown by the next page, whichever it is.</summary>
    public void Tell(string message) => session.SetString(MessageKey, message);

    public string? TakeMessage()
    {
        var message = session.GetString(MessageKey);
        if (message is not null) session.Remove(MessageKey);
        return message;
    }
}
