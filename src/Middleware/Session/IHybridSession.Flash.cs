namespace HybridSession.Middleware;

/// <content>Messages for the next page that shows them.</content>
public partial interface IHybridSession
{
    /// <summary>
    /// Leaves a message for whichever request of the session takes it first, usually the next one, after a redirect. Messages of parallel requests are all kept, and each request's in their order.
    /// Of more than <see cref="FlashMessage.MaxCount"/> the oldest are dropped; a text longer than <see cref="FlashMessage.MaxTextLength"/> is cut and ends with an ellipsis.
    /// </summary>
    /// <param name="level">What kind of message it is.</param>
    /// <param name="text">The message as plain text: encode it where it is shown.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is none of the levels.</exception>
    /// <exception cref="InvalidOperationException">The session is new and the response has started.</exception>
    /// <exception cref="SessionLimitException">The session has no room for it.</exception>
    void Flash(FlashLevel level, string text);

    /// <summary>The messages that wait, oldest first, those of this request included. They are gone then.</summary>
    IReadOnlyList<FlashMessage> TakeFlashes();

    /// <summary>The messages that wait, oldest first. They stay.</summary>
    IReadOnlyList<FlashMessage> PeekFlashes();

    /// <summary>Puts what this request has taken back, before anything newer: for a page that shows messages and then redirects all the same. Messages that nobody takes stay anyway.</summary>
    void KeepFlashes();
}
