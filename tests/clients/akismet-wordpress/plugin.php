<?php
/*
 * Runs the code of Akismet's WordPress plugin, through the file that docs/migrate/akismet.md shows, against a service:
 *     php plugin.php /usr/share/wordpress < told.json
 * told.json is {"base": "http://127.0.0.1:8080", "key": "…"}. Of WordPress there are only its hooks and functions; what a
 * site would answer is made up here. Needs PHP and WordPress with that plugin, such as Debian's packages php-cli and
 * wordpress. recorded.json is what it sent.
 */
error_reporting( E_ALL & ~E_DEPRECATED );
define( 'ABSPATH', rtrim( $argv[1], '/' ) . '/' );
define( 'WPINC', 'wp-includes' );
$plugin = ABSPATH . 'wp-content/plugins/akismet/';
preg_match( "/'AKISMET_VERSION', '([^']+)'/", file_get_contents( $plugin . 'akismet.php' ), $version );
define( 'AKISMET_VERSION', $version[1] );
require ABSPATH . WPINC . '/version.php';
require ABSPATH . WPINC . '/plugin.php';
require ABSPATH . WPINC . '/load.php';
require ABSPATH . WPINC . '/class-wp-error.php';
require ABSPATH . WPINC . '/functions.php';

add_filter( 'pre_option', function ( $value, $name ) {
	return array( 'home' => 'https://herald.example', 'blog_charset' => 'UTF-8' )[ $name ] ?? '';
}, 10, 2 );

function set_url_scheme( $url, $scheme ) {
	return preg_replace( '#^http:#', "$scheme:", $url );
}

function wp_parse_str( $text, &$values ) {
	parse_str( $text, $values );
}

function urlencode_deep( $value ) {
	return is_array( $value ) ? array_map( 'urlencode_deep', $value ) : urlencode( $value );
}

function wp_http_supports() {
	return true;
}

function wp_remote_post( $url, $args ) {
	$answer = apply_filters( 'pre_http_request', false, $args, $url );
	if ( false !== $answer ) {
		return $answer;
	}
	$headers = array_map( fn( $name, $value ) => "$name: $value", array_keys( $args['headers'] ), $args['headers'] );
	$http    = array( 'method' => 'POST', 'header' => $headers, 'content' => $args['body'], 'ignore_errors' => true );
	$body    = file_get_contents( $url, false, stream_context_create( array( 'http' => $http ) ) );
	$heads   = array();
	foreach ( $http_response_header as $line ) {
		if ( str_contains( $line, ':' ) ) {
			list( $name, $value )         = explode( ':', $line, 2 );
			$heads[ strtolower( $name ) ] = trim( $value );
		}
	}
	return array( 'headers' => $heads, 'body' => $body );
}

$told = json_decode( stream_get_contents( STDIN ), true );
preg_match( '/```php\n(.*?)```/s', file_get_contents( __DIR__ . '/../../../docs/migrate/akismet.md' ), $shown );
$file = str_replace(
	array( 'https://winnow.example', 'the 52 characters of a key' ),
	array( $told['base'], $told['key'] ),
	$shown[1]
);
eval( '?>' . $file );
require $plugin . 'class.akismet.php';

$comment = array(
	'comment_post_ID'           => '1',
	'comment_author'            => 'Ada',
	'comment_author_email'      => 'ada@example.org',
	'comment_author_url'        => 'https://ada.example',
	'comment_content'           => 'Great <b>read</b>, thanks – café!',
	'comment_type'              => 'comment',
	'comment_parent'            => '0',
	'user_ID'                   => '0',
	'user_ip'                   => '203.0.113.9',
	'user_agent'                => 'Mozilla/5.0',
	'referrer'                  => 'https://herald.example/',
	'blog'                      => 'https://herald.example',
	'blog_lang'                 => 'en_US',
	'blog_charset'              => 'UTF-8',
	'permalink'                 => 'https://herald.example/?p=1',
	'akismet_comment_nonce'     => 'failed',
	'comment_post_modified_gmt' => '2026-11-24 00:00:00',
	'comment_context'           => array( 'news', 'trade & markets' ),
	'callback'                  => 'https://herald.example/wp-json/akismet/v1/webhook',
	'POST_comment'              => 'Great read',
	'POST_ak_hp_textarea'       => '',
	'POST_ak_js'                => '57',
	'HTTP_ACCEPT'               => '*/*',
	'REMOTE_ADDR'               => '203.0.113.9',
	'REQUEST_URI'               => '/wp-comments-post.php',
);
$spam    = 'Cheap viagra online, best casino bonus! http://cheap-pills.example http://casino-bonus.example';
$checks  = array(
	'ham'           => array(),
	'spam'          => array( 'comment_content' => $spam ),
	'by name'       => array( 'comment_author' => 'viagra-test-123' ),
	'administrator' => array( 'comment_content' => $spam, 'user_role' => 'administrator,super_admin' ),
	'hidden field'  => array( 'POST_ak_hp_textarea' => 'filled' ),
	'recheck'       => array( 'recheck_reason' => 'recheck_queue' ),
	'test'          => array( 'is_test' => 'true' ),
);

$came = array(
	'verified' => Akismet::verify_key( Akismet::get_api_key() ),
	'stranger' => Akismet::check_key_status( '0123456789ab' )[1],
);
foreach ( $checks as $name => $more ) {
	$answer        = Akismet::http_post( Akismet::build_query( array_merge( $comment, $more ) ), 'comment-check' );
	$came[ $name ] = array( $answer[1], isset( $answer[0]['x-akismet-guid'] ) );
}
foreach ( array( 'submit-spam', 'submit-ham' ) as $call ) {
	$came[ $call ] = Akismet::http_post( Akismet::build_query( $comment ), $call )[1];
}
foreach ( array( 'get-subscription', 'get-stats', 'deactivate' ) as $call ) {
	$query         = array( 'key' => Akismet::get_api_key(), 'blog' => 'https://herald.example' );
	$came[ $call ] = Akismet::http_post( Akismet::build_query( $query ), $call )[1];
}
echo json_encode( $came, JSON_PRETTY_PRINT ), "\n";
