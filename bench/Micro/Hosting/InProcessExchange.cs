using System.Collections;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HybridSession.Bench.Micro.Hosting;

/// <summary>
/// One keep-alive connection: request, response and features are reused from request to request, as Kestrel does, so that what is allocated is the pipeline's.
/// </summary>
internal abstract class InProcessExchange : IFeatureCollection, IHttpRequestFeature, IHttpResponseFeature, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature
{
    private readonly List<KeyValuePair<Type, object>> _features = [];
    private readonly List<(Func<object, Task> Callback, object State)> _onStarting = [];
    private readonly List<(Func<object, Task> Callback, object State)> _onCompleted = [];
    private readonly IHeaderDictionary _requestHeaders = new HeaderDictionary();
    private readonly IHeaderDictionary _responseHeaders = new HeaderDictionary();
    private bool _hasStarted;

    protected InProcessExchange() => Reset();

    /// <summary>The first cookie that the last response set, as <c>name=value</c>; null when it set none.</summary>
    public string? SetCookie => _responseHeaders.SetCookie is [{ } cookie, ..] ? cookie.Split(';')[0] : null;

    /// <summary>Answers one request.</summary>
    /// <param name="cookie">The <c>Cookie</c> header; null for none.</param>
    public Task RunAsync(string? cookie)
    {
        Reset();
        if (cookie is not null) _requestHeaders.Cookie = cookie;
        var processed = ProcessAsync();
        if (!processed.IsCompletedSuccessfully || _onStarting.Count > 1 || _onCompleted.Count > 0) return FinishAsync(processed);

        // No state machine of ours on the path that is measured.
        _hasStarted = true;
        var started = _onStarting.Count == 1 ? _onStarting[0].Callback(_onStarting[0].State) : Task.CompletedTask;
        if (!started.IsCompletedSuccessfully) return FinishAsync(started);
        End();
        return Task.CompletedTask;
    }

    protected abstract Task ProcessAsync();

    protected abstract void End();

    private async Task FinishAsync(Task work)
    {
        await work;
        if (!_hasStarted)
        {
            _hasStarted = true;
            for (var i = _onStarting.Count - 1; i >= 0; i--) await _onStarting[i].Callback(_onStarting[i].State);
        }

        for (var i = _onCompleted.Count - 1; i >= 0; i--) await _onCompleted[i].Callback(_onCompleted[i].State);
        End();
    }

    private void Reset()
    {
        _hasStarted = false;
        _features.Clear();
        _onStarting.Clear();
        _onCompleted.Clear();
        _requestHeaders.Clear();
        _responseHeaders.Clear();
        StatusCode = StatusCodes.Status200OK;
        _features.Add(new(typeof(IHttpRequestFeature), this));
        _features.Add(new(typeof(IHttpResponseFeature), this));
        _features.Add(new(typeof(IHttpResponseBodyFeature), this));
        _features.Add(new(typeof(IHttpRequestLifetimeFeature), this));
        Revision++;
    }

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get
        {
            foreach (var (type, feature) in _features)
                if (type == key) return feature;
            return null;
        }
        set
        {
            Revision++;
            for (var i = 0; i < _features.Count; i++)
            {
                if (_features[i].Key != key) continue;
                if (value is null) _features.RemoveAt(i);
                else _features[i] = new(key, value);
                return;
            }

            if (value is not null) _features.Add(new(key, value));
        }
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public string Protocol { get; set; } = "HTTP/1.1";

    public string Scheme { get; set; } = "http";

    public string Method { get; set; } = "GET";

    public string PathBase { get; set; } = "";

    public string Path { get; set; } = "/";

    public string QueryString { get; set; } = "";

    public string RawTarget { get; set; } = "/";

    IHeaderDictionary IHttpRequestFeature.Headers { get => _requestHeaders; set => throw new NotSupportedException(); }

    Stream IHttpRequestFeature.Body { get; set; } = Stream.Null;

    public int StatusCode { get; set; }

    public string? ReasonPhrase { get; set; }

    IHeaderDictionary IHttpResponseFeature.Headers { get => _responseHeaders; set => throw new NotSupportedException(); }

    Stream IHttpResponseFeature.Body { get; set; } = Stream.Null;

    public bool HasStarted => _hasStarted;

    public void OnStarting(Func<object, Task> callback, object state) => _onStarting.Add((callback, state));

    public void OnCompleted(Func<object, Task> callback, object state) => _onCompleted.Add((callback, state));

    Stream IHttpResponseBodyFeature.Stream => Stream.Null;

    PipeWriter IHttpResponseBodyFeature.Writer { get; } = PipeWriter.Create(Stream.Null);

    void IHttpResponseBodyFeature.DisableBuffering()
    {
    }

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted { get; set; }

    void IHttpRequestLifetimeFeature.Abort()
    {
    }
}

/// <summary>The same, with the hosting layer's own context, which it reuses as on a real connection.</summary>
internal sealed class InProcessExchange<TContext>(IHttpApplication<TContext> application) : InProcessExchange, IHostContextContainer<TContext>
    where TContext : notnull
{
    private TContext? _context;

    public TContext? HostContext { get; set; }

    protected override Task ProcessAsync()
    {
        _context = application.CreateContext(this);
        return application.ProcessRequestAsync(_context);
    }

    protected override void End() => application.DisposeContext(_context!, null);
}
