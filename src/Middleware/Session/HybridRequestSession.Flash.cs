namespace HybridSession.Middleware;

/// <content>Messages for the next page. What the request has taken is kept among its features: few requests take any.</content>
internal sealed partial class HybridRequestSession
{
    public void Flash(FlashLevel level, string text)
    {
        var message = FlashMessage.Create(level, text);
        Update(FlashCodec.Key, current => FlashCodec.Write([.. FlashCodec.Read(current), message]));
    }

    public IReadOnlyList<FlashMessage> TakeFlashes()
    {
        IReadOnlyList<FlashMessage> messages;
        if (HoldsChanges)
        {
            messages = PeekFlashes();
            if (messages.Count > 0) Update(FlashCodec.Key, current => FlashCodec.Without(current, messages));
        }
        else
        {
            messages = TryPop(FlashCodec.Key, out var bytes) ? FlashCodec.Read(bytes) : [];
        }

        if (messages.Count == 0) return messages;
        var before = _context.Features.Get<TakenFlashes>();
        _context.Features.Set(new TakenFlashes(before is null ? messages : [.. before.Messages, .. messages]));
        return messages;
    }

    public IReadOnlyList<FlashMessage> PeekFlashes() => TryRead(FlashCodec.Key, out var bytes) ? FlashCodec.Read(bytes) : [];

    public void KeepFlashes()
    {
        if (_context.Features.Get<TakenFlashes>() is not { Messages: { Count: > 0 } taken }) return;
        Update(FlashCodec.Key, current => FlashCodec.Write([.. taken, .. FlashCodec.Read(current)]));
        ForgetTaken();
    }

    // The session they came from is another one now, or has them still.
    private void ForgetTaken() => _context.Features.Set<TakenFlashes>(null);

    private sealed record TakenFlashes(IReadOnlyList<FlashMessage> Messages);
}
