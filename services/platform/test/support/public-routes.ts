/** Routes that somebody without a credential may call in production, and why. Everything else is refused. */
export const PUBLIC_ROUTES: Readonly<Record<string, string>> = {
  'GET /': 'Health: says that the process answers, and nothing else.',
  'GET /openapi.json': 'Describes the API, which is public knowledge.',
  'GET /.well-known/jwks.json': 'Public keys, for whoever verifies tokens.',
  'GET /www.googleapis.com/robot/v1/metadata/x509/{issuer}':
    'The same keys, where firebase-admin looks for them.',
  'GET /www.googleapis.com/identitytoolkit/v3/relyingparty/publicKeys':
    'The same keys, for session cookies, where firebase-admin looks for them.',
  'POST /token': 'The credential is in the body: a service account’s signature.',
  'POST /oauth2.googleapis.com/token': 'The same, where Google’s libraries go.',
  'POST /securetoken.googleapis.com/v1/token': 'The credential is in the body: a refresh token.',
  // A web key, which is public, names the project; without one they are refused.
  'POST /identitytoolkit.googleapis.com/v1/accounts:signUp': 'Sign-up, where the project allows it.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithPassword': 'Sign-in: a password in the body.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken':
    'Sign-in: a token of the project’s server in the body.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithEmailLink':
    'Sign-in: a mailed code in the body.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:signInWithIdp':
    'Sign-in: a provider’s ID token in the body.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:lookup': 'The credential is in the body: an ID token.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:update':
    'The credential is in the body: an ID token or a mailed code.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:delete': 'The credential is in the body: an ID token.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:sendOobCode':
    'Mails a code to an address; for more than sign-in and reset an ID token in the body.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:resetPassword':
    'The credential is in the body: a mailed code.',
  'POST /identitytoolkit.googleapis.com/v1/accounts:createAuthUri':
    'Where to sign in; whether an address is known is not told in production.',
  'GET /identitytoolkit.googleapis.com/v1/projects': 'What the SDK asks before it opens a sign-in page.',
  'GET /identitytoolkit.googleapis.com/v1/recaptchaParams': 'Constant.',
  'GET /identitytoolkit.googleapis.com/v2/recaptchaConfig': 'Constant.',
  'GET /identitytoolkit.googleapis.com/v2/passwordPolicy': 'Constant.',
  // A session of WebChannel carries its credential in its first message: a stream that is not allowed says so in the session.
  'POST /google.firestore.v1.Firestore/Listen/channel': 'Opens a session; its stream is refused.',
  'GET /google.firestore.v1.Firestore/Listen/channel': 'For those who know the name of a session.',
  'POST /google.firestore.v1.Firestore/Write/channel': 'Opens a session; its stream is refused.',
  'GET /google.firestore.v1.Firestore/Write/channel': 'For those who know the name of a session.',
};
